package io.oarlog.chaos.mutant;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The inside of the node's objects, whose types have no name here. What is not there ends the JVM: the mutant would not do
 * what it says. What the node's own code throws is thrown. Thread-safe.
 */
final class Inside {
    private Inside() {}

    /** Calls a method that returns something, whatever its access. */
    static Object call(Object target, String method, Object... arguments) {
        return Objects.requireNonNull(invoke(target.getClass(), target, method, arguments), method);
    }

    /** As {@link #call}, of a method without a result. */
    static void run(Object target, String method, Object... arguments) {
        var unused = invoke(target.getClass(), target, method, arguments);
    }

    /**
     * As {@link #call}, of a static method.
     *
     * @param neighbour an object of the node, whose class loader finds the class
     */
    static Object callStatic(Object neighbour, String className, String method, Object... arguments) {
        return Objects.requireNonNull(invoke(neighbourOf(neighbour, className), null, method, arguments), method);
    }

    /** The value of a field, whatever its access; nothing when it is null. */
    static @Nullable Object field(Object target, String name) {
        try {
            Field field = target.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(target);
        } catch (ReflectiveOperationException e) {
            throw missing(target.getClass(), name, e);
        }
    }

    /** Makes an object with the only constructor of its class; the neighbour as in {@link #callStatic}. */
    static Object create(Object neighbour, String className, Object... arguments) {
        Class<?> type = neighbourOf(neighbour, className);
        try {
            Constructor<?> constructor = type.getDeclaredConstructors()[0];
            constructor.setAccessible(true);
            return constructor.newInstance(arguments);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw missing(type, "its constructor", e);
        }
    }

    /** A constant of an enum; the neighbour as in {@link #callStatic}. */
    static Object constant(Object neighbour, String className, String name) {
        Class<?> type = neighbourOf(neighbour, className);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> ((Enum<?>) constant).name().equals(name))
                .findAny()
                .orElseThrow(() -> missing(type, name, new NoSuchFieldException(name)));
    }

    private static @Nullable Object invoke(Class<?> type, @Nullable Object target, String method, Object... arguments) {
        try {
            Method found = find(type, method, arguments.length);
            found.setAccessible(true);
            return found.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException thrown) {
                throw thrown;
            } else if (e.getCause() instanceof Error thrown) {
                throw thrown;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw missing(type, method, e);
        }
    }

    private static Method find(Class<?> type, String name, int parameters) throws NoSuchMethodException {
        return Stream.<Class<?>>iterate(type, Objects::nonNull, Class::getSuperclass)
                .flatMap(declaring -> Arrays.stream(declaring.getDeclaredMethods()))
                .filter(method ->
                        method.getName().equals(name) && method.getParameterCount() == parameters && !method.isBridge())
                .findFirst()
                .orElseThrow(() -> new NoSuchMethodException(name));
    }

    private static Class<?> neighbourOf(Object neighbour, String className) {
        try {
            return Class.forName(className, true, neighbour.getClass().getClassLoader());
        } catch (ClassNotFoundException e) {
            throw missing(neighbour.getClass(), className, e);
        }
    }

    private static AssertionError missing(Class<?> type, String what, Exception cause) {
        return Stop.now("the mutant cannot go on: " + type.getName() + ", " + what + ": " + cause);
    }
}
