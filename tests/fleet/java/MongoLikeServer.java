import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
public class MongoLikeServer {
    public static void main(String[] args) {
        new MongoServer(new MemoryBackend()).bind(args[0], 27017);
        System.out.println("started");
    }
}
