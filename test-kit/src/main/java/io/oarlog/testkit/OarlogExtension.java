package io.oarlog.testkit;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What {@link Oarlog} does. Without state: a cluster lies in the store of the class or method that is annotated.
 *
 * <p>It is started by whoever needs it first: with one instance per class, the constructor's parameter comes before all callbacks.
 */
final class OarlogExtension
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(OarlogExtension.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        start(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        start(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        stop(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stop(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == OarlogCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        for (Optional<ExtensionContext> c = Optional.of(context);
                c.isPresent();
                c = c.get().getParent()) {
            Optional<OarlogCluster> cluster = start(c.get());
            if (cluster.isPresent()) {
                return cluster.get();
            }
        }
        throw new ParameterResolutionException("there is no cluster here: annotate the class with @Oarlog");
    }

    /** The cluster of what this context stands for, started if it was not; empty when that is not annotated itself. */
    private static Optional<OarlogCluster> start(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), Oarlog.class)
                .map(annotation -> context.getStore(NAMESPACE)
                        .getOrComputeIfAbsent(key(context), key -> start(annotation), OarlogCluster.class));
    }

    private static void stop(ExtensionContext context) {
        OarlogCluster cluster = context.getStore(NAMESPACE).remove(key(context), OarlogCluster.class);
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Stores show what those above them hold: each context has a key of its own. */
    private static String key(ExtensionContext context) {
        return context.getUniqueId();
    }

    private static OarlogCluster start(Oarlog annotation) {
        OarlogCluster cluster = OarlogCluster.start(annotation.nodes(), settings(annotation.settings()));
        try {
            for (String topic : annotation.topics()) {
                cluster.createTopic(topic, annotation.partitions());
            }
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static Map<String, String> settings(String[] lines) {
        Map<String, String> settings = new HashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new ExtensionConfigurationException(
                        "@Oarlog: the setting '" + line + "' must be name=value, as in server.properties");
            }
            settings.put(
                    line.substring(0, equals).strip(),
                    line.substring(equals + 1).strip());
        }
        return settings;
    }
}
