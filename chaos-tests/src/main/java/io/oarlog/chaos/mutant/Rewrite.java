package io.oarlog.chaos.mutant;

import java.util.stream.Collectors;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;

/**
 * One method of the node and the advice that is copied into it. Immutable.
 *
 * @param className binary name
 * @param signature name and parameters, without packages: {@code truncate(long)}
 * @param advice with Byte Buddy's annotations
 */
record Rewrite(String className, String signature, Class<?> advice) {
    /** @throws IllegalStateException unless the class has this method, with a body */
    void requireIn(TypeDescription type) {
        boolean isThere =
                type.getDeclaredMethods().stream().anyMatch(method -> isTarget(method) && !method.isAbstract());
        if (!isThere) {
            throw new IllegalStateException(className + " has no method " + signature);
        }
    }

    /** @throws IllegalStateException as {@link #requireIn} */
    DynamicType.Builder<?> applyTo(DynamicType.Builder<?> builder, TypeDescription type) {
        requireIn(type);
        return builder.visit(Advice.to(advice).on(this::isTarget));
    }

    private boolean isTarget(MethodDescription method) {
        String parameters = method.getParameters().stream()
                .map(parameter -> withoutPackage(parameter.getType().asErasure()))
                .collect(Collectors.joining(", ", "(", ")"));
        return signature.equals(method.getName() + parameters);
    }

    private static String withoutPackage(TypeDescription type) {
        String name = type.getActualName();
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1);
    }
}
