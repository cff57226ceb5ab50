/** Programs that show the client, each complete in one file. They take the brokers' addresses as their first argument. */
@NullMarked
package io.oarlog.examples;

import org.jspecify.annotations.NullMarked;
