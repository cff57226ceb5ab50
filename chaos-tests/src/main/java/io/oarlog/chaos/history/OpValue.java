package io.oarlog.chaos.history;

/** What an operation is about; which kind it is follows from its {@link OpFunction}. */
public sealed interface OpValue permits MicroOps, Keys, Offsets, Register, CompareAndSet, Event, Nothing {}
