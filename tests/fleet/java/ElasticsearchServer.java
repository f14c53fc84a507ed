import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.transport.Netty4Plugin;

public class ElasticsearchServer extends Node {
    ElasticsearchServer(Settings settings) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "fleet"), List.of(Netty4Plugin.class), true);
    }
    public static void main(String[] args) throws Exception {
        Settings settings = Settings.builder().put("path.home", args[0]).put("network.host", args[1]).put("http.port", 9200)
            .put("cluster.name", "shop").put("discovery.type", "single-node").put("transport.type", "netty4").put("http.type", "netty4").build();
        new ElasticsearchServer(settings).start();
        System.out.println("started");
        Thread.currentThread().join();
    }
}
