package io.oarlog.chaos.mutant;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;

/** Puts one mutant into a JVM, before any class of the node is loaded, or ends that JVM. Thread-safe. */
final class Installation implements ClassFileTransformer {
    private final Mutant mutant;

    Installation(Mutant mutant) {
        this.mutant = mutant;
    }

    void into(Instrumentation instrumentation) {
        try {
            requireTargets(ClassFileLocator.ForClassLoader.ofSystemLoader());
        } catch (RuntimeException e) {
            throw Stop.now(reason(e));
        }
        instrumentation.addTransformer(this);
    }

    /**
     * Looks for all methods that are to be rewritten, without loading their classes: one that the node never loads would not be
     * missed else.
     *
     * @throws IllegalStateException when one is not there
     */
    void requireTargets(ClassFileLocator classPath) {
        TypePool types = TypePool.Default.of(classPath);
        for (Rewrite rewrite : mutant.rewrites()) {
            TypePool.Resolution found = types.describe(rewrite.className());
            if (!found.isResolved()) {
                throw new IllegalStateException("there is no class " + rewrite.className());
            }
            rewrite.requireIn(found.resolve());
        }
    }

    @Override
    public byte @Nullable [] transform(
            @Nullable ClassLoader loader,
            @Nullable String internalName,
            @Nullable Class<?> redefined,
            ProtectionDomain domain,
            byte[] classFile) {
        String className = String.valueOf(internalName).replace('/', '.');
        if (mutant.rewrites().stream().noneMatch(rewrite -> rewrite.className().equals(className))) {
            return null;
        }
        try {
            return rewritten(
                    className,
                    new ClassFileLocator.Compound(
                            ClassFileLocator.Simple.of(className, classFile),
                            ClassFileLocator.ForClassLoader.of(loader)));
        } catch (RuntimeException | Error e) {
            // Whatever is thrown here would leave the class as it is, without a word.
            throw Stop.now(reason(e));
        }
    }

    /**
     * The class with all of its methods that are to be rewritten.
     *
     * @throws IllegalStateException when one is not there
     */
    byte[] rewritten(String className, ClassFileLocator classPath) {
        TypeDescription type =
                TypePool.Default.of(classPath).describe(className).resolve();
        DynamicType.Builder<?> builder = new ByteBuddy().decorate(type, classPath);
        for (Rewrite rewrite : mutant.rewrites()) {
            if (rewrite.className().equals(className)) {
                builder = rewrite.applyTo(builder, type);
            }
        }
        return builder.make().getBytes();
    }

    private String reason(Throwable cause) {
        return "the mutant " + mutant.label() + " cannot be made of this node: " + cause.getMessage();
    }
}
