package io.oarlog.chaos.mutant;

import java.lang.instrument.Instrumentation;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/** Puts one mutant into a JVM, before any class of the node is loaded, or ends that JVM. Used once. */
final class Installation {
    private final Mutant mutant;

    Installation(Mutant mutant) {
        this.mutant = mutant;
    }

    void into(Instrumentation instrumentation) {
        try {
            requireTargets(TypePool.Default.ofSystemLoader());
        } catch (RuntimeException e) {
            throw Stop.now(reason(e));
        }
        new AgentBuilder.Default(new ByteBuddy().with(TypeValidation.DISABLED))
                .disableClassFormatChanges()
                .with(new Failure())
                .type(ElementMatchers.namedOneOf(
                        mutant.rewrites().stream().map(Rewrite::className).toArray(String[]::new)))
                .transform((builder, type, loader, module, domain) -> rewritten(builder, type))
                .installOn(instrumentation);
    }

    /**
     * Looks for all methods that are to be rewritten, without loading their classes: one that the node never loads would not be
     * missed else.
     *
     * @throws IllegalStateException when one is not there
     */
    void requireTargets(TypePool classPath) {
        for (Rewrite rewrite : mutant.rewrites()) {
            TypePool.Resolution found = classPath.describe(rewrite.className());
            if (!found.isResolved()) {
                throw new IllegalStateException("there is no class " + rewrite.className());
            }
            rewrite.requireIn(found.resolve());
        }
    }

    /** @throws IllegalStateException when a method is not there */
    DynamicType.Builder<?> rewritten(DynamicType.Builder<?> builder, TypeDescription type) {
        DynamicType.Builder<?> result = builder;
        for (Rewrite rewrite : mutant.rewrites()) {
            if (rewrite.className().equals(type.getName())) {
                result = rewrite.applyTo(result, type);
            }
        }
        return result;
    }

    private String reason(Throwable cause) {
        return "the mutant " + mutant.label() + " cannot be made of this node: " + cause.getMessage();
    }

    private final class Failure extends AgentBuilder.Listener.Adapter {
        @Override
        public void onError(
                String typeName,
                @Nullable ClassLoader loader,
                @Nullable JavaModule module,
                boolean isLoaded,
                Throwable cause) {
            throw Stop.now(reason(cause) + " (" + typeName + ")");
        }
    }
}
