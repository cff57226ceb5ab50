package io.oarlog.client;

/** What a member of a group shows with its commits: one with an old epoch is refused. Immutable. */
record MemberIdentity(String memberId, int epoch) {}
