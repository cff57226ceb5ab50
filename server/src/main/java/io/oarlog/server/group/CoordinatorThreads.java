package io.oarlog.server.group;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What the host of the coordinator runs on; handed in and not shut down here.
 *
 * @param elections one thread: what becomes of the partitions led here; waits for nothing but the coordinator's own end
 * @param topics one thread: tells the coordinator of topics, and may wait until deleted ones are forgotten
 * @param loads one thread: reads the logs of partitions
 * @param timer for what is tried again
 */
public record CoordinatorThreads(
        ExecutorService elections, ExecutorService topics, ExecutorService loads, ScheduledExecutorService timer) {}
