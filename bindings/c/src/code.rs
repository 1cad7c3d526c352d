//! The codes that functions return.

/// What became of a call. The numbers are for ever; later versions may add to them.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum crm_code {
    /// It was done.
    CRM_OK = 0,
    /// The call itself is wrong: a pointer is NULL that may not be, or a number names nothing.
    /// Correct the program; the message names the argument.
    CRM_MISUSE = 1,
    /// A text is not UTF-8. Convert it; the message names the argument.
    CRM_NOT_UTF8 = 2,
    /// The client cannot be made with these options. The message names each mistake.
    CRM_CONFIGURATION = 3,
    /// The event breaks a rule, or a value does not fit its field. The message names the field
    /// and the limit. The same event again cannot help.
    CRM_INVALID = 4,
    /// The queue has no room, and the event was not taken. Try again later, give the queue more
    /// room, or choose another policy by crm_options_set_when_full.
    CRM_QUEUE_FULL = 5,
    /// The client was shut down, and the event was not taken.
    CRM_SHUT_DOWN = 6,
    /// The time was up before everything was sent. After a flush the rest is sent later; after a
    /// shutdown the part that is on disk is, by the next client with the same spool.
    CRM_UNSENT = 7,
    /// The operating system refused something without which nothing works, such as a thread. Free
    /// resources, then try again.
    CRM_SYSTEM = 8,
    /// The library has a defect and noticed it. The process is unharmed; whether the call was
    /// done is not known. Please report the message.
    CRM_PANIC = 9,
    /// The process was forked after the client was made: the client belongs to the parent, and the
    /// event was not taken. Make a client in the child; it may use the same spool.
    CRM_FORKED = 10,
    /// The disk did not do what only a disk can do: mend it, or do without. After a call that ends
    /// in _durable the event may be sent all the same; send it again with the same id.
    CRM_SPOOL = 11,
    /// There is nothing to hand out at the moment. Ask again later.
    CRM_EMPTY = 12,
    /// A failure that has no code of its own. The message says what it is.
    CRM_OTHER = 99,
}
