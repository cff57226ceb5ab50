package io.oarlog.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * Finds the broker that coordinates a group and keeps to it until it says that it does not, ends the connection, or is
 * silent while the cluster names another one. Retries are the caller's. Confined to the event loop.
 *
 * <p>Has connections of its own: a broker answers a connection's requests in their order, so heartbeats and commits would
 * wait behind long polls.
 */
final class Coordinator {
    private static final byte GROUP_KEY = 0;

    private final ClientCore core;
    private final String group;
    private final Connections connections;
    private final Alarm stallAlarm;
    private @Nullable Endpoint endpoint;
    private @Nullable CompletableFuture<Endpoint> search;

    Coordinator(ClientCore core, String group) {
        this.core = core;
        this.group = group;
        this.connections = core.brokers().connections().another();
        this.stallAlarm = new Alarm(core.loop(), this::onPatienceDeadline);
    }

    /**
     * A connection to the coordinator. Fails with {@link ConnectionLostException} when there is none at present, with
     * {@link UnsupportedApiException} or {@link InvalidRequestException} when it cannot be asked for; wrapped or not.
     */
    CompletableFuture<Connection> ready() {
        return find().thenCompose(found -> connections.ready(found).whenComplete((connection, failure) -> {
            if (failure != null) {
                forget(found);
            }
        }));
    }

    /** Asks the coordinator on its connection; fails as {@link Connection#send} does, wrapped or not. */
    <R extends ApiMessage> CompletableFuture<R> send(
            Connection connection, Api api, ApiMessage request, Class<R> answerType) {
        stallAlarm.within(Brokers.STALLED.toNanos());
        return connection.send(api, request, answerType, Duration.ZERO).whenComplete((answer, failure) -> {
            if (failure != null) {
                forget(connection.endpoint());
            }
        });
    }

    /** Both in one. */
    <R extends ApiMessage> CompletableFuture<R> ask(Api api, ApiMessage request, Class<R> answerType) {
        return ready().thenCompose(connection -> send(connection, api, request, answerType));
    }

    /** What an answer said: after some errors another broker is looked for. */
    void onError(WireError error) {
        if (error == WireError.NOT_COORDINATOR || error == WireError.COORDINATOR_NOT_AVAILABLE) {
            endpoint = null;
        }
    }

    private void forget(Endpoint failed) {
        if (failed.equals(endpoint)) {
            endpoint = null;
        }
    }

    private CompletableFuture<Endpoint> find() {
        return endpoint != null ? CompletableFuture.completedFuture(endpoint) : search();
    }

    private CompletableFuture<Endpoint> search() {
        CompletableFuture<Endpoint> underWay = search;
        if (underWay != null) {
            return underWay;
        }
        CompletableFuture<Endpoint> begun = new CompletableFuture<>();
        search = begun;
        FindCoordinatorRequestData request =
                new FindCoordinatorRequestData().setKeyType(GROUP_KEY).setCoordinatorKeys(List.of(group));
        var unused = core.anyBroker()
                .ask(Api.FIND_COORDINATOR, request, FindCoordinatorResponseData.class)
                .thenApply(this::found)
                .whenComplete((found, failure) -> {
                    search = null;
                    if (failure == null) {
                        endpoint = found;
                        begun.complete(found);
                    } else {
                        begun.completeExceptionally(AnyBroker.unwrapped(failure));
                    }
                });
        return begun;
    }

    private Endpoint found(FindCoordinatorResponseData answer) {
        var told = answer.coordinators().stream()
                .filter(coordinator -> coordinator.key().equals(group))
                .findFirst()
                .orElseThrow(() -> new ConnectionLostException("an answer without the group", null));
        WireError error = WireError.forCode(told.errorCode());
        switch (error) {
            case NONE -> {
                Endpoint address = Endpoint.told(told.host(), told.port());
                if (address == null) {
                    throw new ConnectionLostException("the coordinator has no address", null);
                }
                return address;
            }
            case GROUP_AUTHORIZATION_FAILED, INVALID_GROUP_ID, INVALID_REQUEST ->
                throw new InvalidRequestException("group '" + group + "' has no coordinator: " + error.message());
            default ->
                throw new ConnectionLostException(
                        "group '" + group + "' has no coordinator at present", error.exception());
        }
    }

    private void onPatienceDeadline() {
        Endpoint current = endpoint;
        Connection connection = current == null ? null : connections.ifReady(current);
        if (current == null || connection == null || connection.inFlightRequests() == 0) {
            return;
        }
        if (connection.oldestRequestAgeNanos() >= Brokers.STALLED.toNanos()) {
            var unused = search().thenAccept(found -> {
                if (!found.equals(current)) {
                    connection.close(new ConnectionLostException(current + " is silent and coordinates no more", null));
                }
            });
        }
        stallAlarm.within(Brokers.STALLED.toNanos());
    }

    void close() {
        stallAlarm.cancel();
        connections.close();
    }
}
