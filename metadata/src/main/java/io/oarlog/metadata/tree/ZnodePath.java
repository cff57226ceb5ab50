package io.oarlog.metadata.tree;

import java.util.Optional;

/** ZooKeeper's rules for paths, and the parts of a path that keeps them. */
public final class ZnodePath {
    private ZnodePath() {}

    /**
     * Checks a path: it begins with a slash and does not end with one (but for the root itself), has no empty name, no
     * name "." or "..", and no control character, surrogate, private-use character or special (U+FFF0 and above).
     *
     * @return what is wrong with it; empty when nothing is
     */
    public static Optional<String> problem(String path) {
        if (!path.startsWith("/")) {
            return Optional.of("it must begin with /");
        }
        if (path.length() == 1) {
            return Optional.empty();
        }
        int nameStart = 1;
        for (int i = 1; i <= path.length(); i++) {
            if (i == path.length() || path.charAt(i) == '/') {
                String name = path.substring(nameStart, i);
                if (name.isEmpty()) {
                    return Optional.of("empty name at " + nameStart);
                } else if (name.equals(".") || name.equals("..")) {
                    return Optional.of("relative name at " + nameStart);
                }
                nameStart = i + 1;
            } else if (isForbidden(path.charAt(i))) {
                return Optional.of("character not allowed at " + i);
            }
        }
        return Optional.empty();
    }

    public static boolean isValid(String path) {
        return problem(path).isEmpty();
    }

    private static boolean isForbidden(char c) {
        return c <= '\u001f' || (c >= '\u007f' && c <= '\u009f') || (c >= '\ud800' && c <= '\uf8ff') || c >= '\ufff0';
    }

    /** Whether {@link #parent} can be asked for; such a path may still break the rules. */
    static boolean hasParent(String path) {
        return path.indexOf('/') >= 0 && path.indexOf('\0') < 0;
    }

    /** What stands before the last slash: the parent's path, and the root's own for the root. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    /** Last name of the path; the path must be valid and not the root. */
    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Path of a child. */
    public static String child(String path, String name) {
        return path.length() == 1 ? path + name : path + "/" + name;
    }
}
