@org.jspecify.annotations.NullMarked
package io.oarlog.server;
