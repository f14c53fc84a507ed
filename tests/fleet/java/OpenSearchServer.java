import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

public class OpenSearchServer extends Node {
    OpenSearchServer(Settings settings) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "fleet"), List.of(Netty4Plugin.class), true);
    }
    public static void main(String[] args) throws Exception {
        Settings settings = Settings.builder().put("path.home", args[0]).put("network.host", args[1]).put("http.port", 9200)
            .put("cluster.name", "shop").put("discovery.type", "single-node").put("transport.type", "netty4").put("http.type", "netty4").build();
        new OpenSearchServer(settings).start();
        System.out.println("started");
        Thread.currentThread().join();
    }
}
