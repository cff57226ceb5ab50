package io.oarlog.client;

/**
 * Offsets could not be committed because the group has removed this member: it did not poll or was not heard of for too
 * long. Others read its partitions, from what was committed before on. Go on polling: the consumer joins again.
 */
public final class MembershipLostException extends OarlogException {
    MembershipLostException(String message) {
        super(message, null);
    }
}
