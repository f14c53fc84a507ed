import org.apache.solr.embedded.JettyConfig;
import org.apache.solr.embedded.JettySolrRunner;
public class SolrServer {
    public static void main(String[] args) throws Exception {
        JettySolrRunner runner = new JettySolrRunner(args[0], JettyConfig.builder().setPort(0).build());
        runner.start();
        System.out.println("started " + runner.getLocalPort());
        Thread.currentThread().join();
    }
}
