package io.oarlog.chaos.mutant;

import java.lang.reflect.Method;
import java.nio.file.Path;

/** Up to which index a leader commits that is ahead of its followers. */
public final class MajorityProbe implements Probe {
    @Override
    public String observe(Path directory) throws Exception {
        Method majority = Class.forName("org.apache.ratis.server.impl.LeaderStateImpl$MinMajorityMax")
                .getDeclaredMethod("getMajority", long[].class);
        majority.setAccessible(true);
        return "commits " + majority.invoke(null, (Object) new long[] {3, 5, 9});
    }
}
