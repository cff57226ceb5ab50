package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/**
 * Apache ZooKeeper from the class path, as its sample configuration has it: what says whether a test is right, and what
 * figures stand beside. Only its HTTP server is off.
 */
public final class ApacheZooKeeper {
    private ApacheZooKeeper() {}

    /**
     * Returns when all nodes serve.
     *
     * @param directory of the data and the output of all nodes
     */
    public static Ensemble start(Path directory, List<String> jvmArguments) throws IOException {
        return ProcessEnsemble.start(directory, jvmArguments, ApacheZooKeeper::configure);
    }

    private static List<String> configure(ProcessEnsemble.Addresses addresses, int node, Path home) throws IOException {
        Files.writeString(home.resolve("myid"), String.valueOf(node));
        StringBuilder lines = new StringBuilder()
                .append("tickTime=2000\ninitLimit=10\nsyncLimit=5\nadmin.enableServer=false\n")
                .append("4lw.commands.whitelist=ruok,srvr\ndataDir=")
                .append(home.toString().replace("\\", "\\\\"))
                .append('\n');
        for (int each = 1; each <= Ensemble.NODES; each++) {
            String electionAddress = addresses.second(each);
            lines.append("server.").append(each).append('=').append(addresses.first(each));
            lines.append(electionAddress.substring(electionAddress.indexOf(':')));
            lines.append(';').append(addresses.client(each)).append('\n');
        }
        Path config = Files.writeString(home.resolve("zoo.cfg"), lines);
        return List.of(QuorumPeerMain.class.getName(), config.toString());
    }
}
