/*
 * crm.h: sends customers, purchases and interactions from a C or C++ program to the collector of
 * the CRM. Made by cbindgen from the source of the library; change it there.
 *
 * What holds for every function:
 *
 * Texts    are UTF-8 and end in NUL, unless a function takes their length. What you pass is copied
 *          and yours again when the call returns.
 * Pointers may be NULL only where it says so; any other NULL is answered by CRM_MISUSE. One that is
 *          not NULL points to what its type says and stays valid until the call returns. Handles
 *          come from the function that makes them and are not used after they were freed.
 * Handles  are made by the functions that end in _new and are yours until you pass them to the
 *          _free of the same name. No other function takes a handle away from you, or keeps one.
 * Codes    are CRM_OK or say what went wrong; crm_last_error has the words. A call that fails has
 *          changed nothing, but for CRM_UNSENT and CRM_PANIC.
 * Threads  share a crm_client freely. Every other handle is used by one thread at a time, be it a
 *          different one each time.
 * Panics   of the library, which would be defects, end at its functions: CRM_PANIC. Only where
 *          there is no memory to be had, the process is aborted.
 * Fork     leaves the client to the parent, who goes on. In the child it answers CRM_FORKED and may
 *          be freed; the child makes one of its own, which may use the same spool.
 */


#ifndef CRM_H
#define CRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Version of this header; crm_version tells that of the library. */
#define CRM_VERSION "0.1.0"
#define CRM_VERSION_MAJOR 0
#define CRM_VERSION_MINOR 1
#define CRM_VERSION_PATCH 0


/**
 * Version of the interface that this header describes. It grows when a program that was compiled
 * against an older header has to be compiled anew; added functions, codes and fields at the end of
 * structs leave it as it is.
 */
#define CRM_ABI_VERSION 1

/**
 * Bytes of an event's id as text, with the NUL at its end.
 */
#define CRM_EVENT_ID_SIZE 37

/**
 * What became of a call. The numbers are for ever; later versions may add to them.
 */
enum crm_code
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It was done.
     */
    CRM_OK = 0,
    /**
     * The call itself is wrong: a pointer is NULL that may not be, or a number names nothing.
     * Correct the program; the message names the argument.
     */
    CRM_MISUSE = 1,
    /**
     * A text is not UTF-8. Convert it; the message names the argument.
     */
    CRM_NOT_UTF8 = 2,
    /**
     * The client cannot be made with these options. The message names each mistake.
     */
    CRM_CONFIGURATION = 3,
    /**
     * The event breaks a rule, or a value does not fit its field. The message names the field
     * and the limit. The same event again cannot help.
     */
    CRM_INVALID = 4,
    /**
     * The queue has no room, and the event was not taken. Try again later, give the queue more
     * room, or choose another policy by crm_options_set_when_full.
     */
    CRM_QUEUE_FULL = 5,
    /**
     * The client was shut down, and the event was not taken.
     */
    CRM_SHUT_DOWN = 6,
    /**
     * The time was up before everything was sent. After a flush the rest is sent later; after a
     * shutdown the part that is on disk is, by the next client with the same spool.
     */
    CRM_UNSENT = 7,
    /**
     * The operating system refused something without which nothing works, such as a thread. Free
     * resources, then try again.
     */
    CRM_SYSTEM = 8,
    /**
     * The library has a defect and noticed it. The process is unharmed; whether the call was
     * done is not known. Please report the message.
     */
    CRM_PANIC = 9,
    /**
     * The process was forked after the client was made: the client belongs to the parent, and the
     * event was not taken. Make a client in the child; it may use the same spool.
     */
    CRM_FORKED = 10,
    /**
     * The disk did not do what only a disk can do: mend it, or do without. After a call that ends
     * in _durable the event may be sent all the same; send it again with the same id.
     */
    CRM_SPOOL = 11,
    /**
     * There is nothing to hand out at the moment. Ask again later.
     */
    CRM_EMPTY = 12,
    /**
     * A failure that has no code of its own. The message says what it is.
     */
    CRM_OTHER = 99,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_code crm_code;
#else
typedef int32_t crm_code;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How much a message matters.
 */
enum crm_log_level
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Somebody has to do something, such as restore a key.
     */
    CRM_LOG_ERROR = 1,
    /**
     * Something is wrong and may mend by itself, such as a collector that is down.
     */
    CRM_LOG_WARN = 2,
    /**
     * It mended.
     */
    CRM_LOG_INFO = 3,
    /**
     * Each request that failed, each event that was rejected.
     */
    CRM_LOG_DEBUG = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_log_level crm_log_level;
#else
typedef int32_t crm_log_level;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What becomes of a new event when the queue is full.
 */
enum crm_when_full
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The new event is refused: CRM_QUEUE_FULL. The default.
     */
    CRM_REFUSE_NEWEST = 1,
    /**
     * The oldest events that are not on their way are dropped to make room. The new one is
     * refused only where that would not be enough.
     */
    CRM_DROP_OLDEST = 2,
    /**
     * The call waits for room, and then refuses the event.
     */
    CRM_BLOCK = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_when_full crm_when_full;
#else
typedef int32_t crm_when_full;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Why the latest request failed. In each case its events are kept and sent again.
 */
enum crm_failure
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * It did not.
     */
    CRM_NO_FAILURE = 0,
    /**
     * No answer arrived: no connection, a connection that broke, or no answer in time.
     */
    CRM_UNREACHABLE = 1,
    /**
     * The collector cannot take events now; it is asked again after a growing pause, or when it
     * said.
     */
    CRM_UNAVAILABLE = 2,
    /**
     * The answer was a success that is no verdict on what was sent. Most likely something other
     * than a collector answers at the endpoint.
     */
    CRM_BAD_ANSWER = 3,
    /**
     * The key is wrong, revoked or may not send events. It is tried again slowly, so that
     * nothing is lost when the key is restored.
     */
    CRM_KEY_REFUSED = 4,
    /**
     * An answer that no collector gives, a redirect for example. Look at the endpoint.
     */
    CRM_UNEXPECTED = 5,
    /**
     * A reason that has no number of its own.
     */
    CRM_OTHER_FAILURE = 99,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_failure crm_failure;
#else
typedef int32_t crm_failure;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether events survive the process.
 */
enum crm_spool_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * There is no spool: events are in memory alone.
     */
    CRM_SPOOL_OFF = 0,
    /**
     * Events are on disk before the call that takes them returns.
     */
    CRM_SPOOL_WORKING = 1,
    /**
     * The disk does not take events now: they are kept in memory alone. The log says why.
     */
    CRM_SPOOL_FAILING = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_spool_state crm_spool_state;
#else
typedef int32_t crm_spool_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether money came in or went back.
 */
enum crm_purchase_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Money came in.
     */
    CRM_SALE = 1,
    /**
     * Money went back. Quantities and the total are positive all the same.
     */
    CRM_REFUND = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_purchase_kind crm_purchase_kind;
#else
typedef int32_t crm_purchase_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where an order stands. Only what is paid counts as sold.
 */
enum crm_purchase_state
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Placed and not paid yet.
     */
    CRM_PENDING = 1,
    /**
     * Paid.
     */
    CRM_PAID = 2,
    /**
     * Called off before it was paid: nothing was bought. What was paid and given back is a paid
     * order with a refund.
     */
    CRM_CANCELLED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_purchase_state crm_purchase_state;
#else
typedef int32_t crm_purchase_state;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a line is about. Only products are counted as goods.
 */
enum crm_line_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * Goods or a service.
     */
    CRM_LINE_PRODUCT = 1,
    /**
     * Money off the purchase, whatever sign its price has.
     */
    CRM_LINE_DISCOUNT = 2,
    /**
     * Delivery.
     */
    CRM_LINE_SHIPPING = 3,
    /**
     * A charge that is neither goods nor delivery, such as for paying by card.
     */
    CRM_LINE_FEE = 4,
    /**
     * Given on top by the customer.
     */
    CRM_LINE_TIP = 5,
    /**
     * A gift card that was sold: money that was paid, and no sale until it is used.
     */
    CRM_LINE_GIFT_CARD = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_line_kind crm_line_kind;
#else
typedef int32_t crm_line_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What sort of interaction it was.
 */
enum crm_interaction_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * A visit to a site, an app or a shop.
     */
    CRM_VISIT = 1,
    /**
     * An email.
     */
    CRM_EMAIL = 2,
    /**
     * A phone call.
     */
    CRM_CALL = 3,
    /**
     * A chat.
     */
    CRM_CHAT = 4,
    /**
     * A support ticket.
     */
    CRM_TICKET = 5,
    /**
     * A campaign that reached the customer.
     */
    CRM_CAMPAIGN = 6,
    /**
     * A note somebody took.
     */
    CRM_NOTE = 7,
    /**
     * Anything else; say what in the subject or the attributes.
     */
    CRM_CUSTOM = 8,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_interaction_kind crm_interaction_kind;
#else
typedef int32_t crm_interaction_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Who turned to whom.
 */
enum crm_direction
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    /**
     * The customer turned to you.
     */
    CRM_INBOUND = 1,
    /**
     * You turned to the customer.
     */
    CRM_OUTBOUND = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum crm_direction crm_direction;
#else
typedef int32_t crm_direction;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Sends events to a collector in the background, on a thread of its own.
 */
typedef struct crm_client crm_client;

/**
 * A customer that appeared or changed. A field that is not set stays as the collector knows it.
 *
 * Made by crm_customer_new, told to the collector by crm_client_customer, as often as you like.
 */
typedef struct crm_customer crm_customer;

/**
 * The dead letters of a moment, the oldest first.
 */
typedef struct crm_dead_letters crm_dead_letters;

/**
 * An event that is about to be taken. It lives as long as the call of crm_before_send_callback
 * that was given it.
 */
typedef struct crm_event crm_event;

/**
 * Something that passed between you and a customer.
 *
 * Made by crm_interaction_new, told to the collector by crm_client_interaction.
 */
typedef struct crm_interaction crm_interaction;

/**
 * A verdict that was kept until your program asked for it.
 *
 * Handed out by crm_client_poll_verdict.
 */
typedef struct crm_kept_verdict crm_kept_verdict;

/**
 * How a client is going to be: where it sends, as whom, and what its limits are. What is not set
 * has a default that serves most programs. Bounds are checked by crm_client_new, all at once.
 */
typedef struct crm_options crm_options;

/**
 * A sale or a refund.
 *
 * Made by crm_purchase_new, told to the collector by crm_client_purchase.
 */
typedef struct crm_purchase crm_purchase;

/**
 * Called with a message in one line, and with the context it was set with.
 *
 * Threads: any, also at once; most often that of a client. Ownership: the text is the library's
 * and ends with the call.
 */
typedef void (*crm_log_callback)(crm_log_level level, const char *message, void *context);

/**
 * Why one event was not stored. The collector keeps it in its quarantine.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_rejection {
    /**
     * The event's id, as it was given when the event was taken; NULL when it is not known.
     */
    const char *event_id;
    /**
     * Stable code of the reason, such as "conflict".
     */
    const char *code;
    /**
     * The field that was wrong, such as `items[2].unit_price`; NULL when it was none.
     */
    const char *field;
    /**
     * The rule, its limit and what was given, in English.
     */
    const char *message;
} crm_rejection;

/**
 * What has to be looked at in one event that was stored.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_notice {
    /**
     * The event's id, as it was given when the event was taken; NULL when it is not known.
     */
    const char *event_id;
    /**
     * Stable code of the reason, such as "adjusted"; "other" for one that is newer than the library.
     */
    const char *code;
    /**
     * The field it is about, such as "total".
     */
    const char *field;
    /**
     * What was given, and what was made of it, in English.
     */
    const char *message;
} crm_notice;

/**
 * What became of a batch.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_verdict {
    /**
     * Events that are now stored.
     */
    uint64_t accepted;
    /**
     * Events that were stored already.
     */
    uint64_t duplicate;
    /**
     * How many events were not stored.
     */
    size_t rejected_count;
    /**
     * Those events, each with its reason: `rejected[0]` to `rejected[rejected_count - 1]`.
     */
    const struct crm_rejection *const *rejected;
    /**
     * Events that have taken the place of what was stored under their id, or have taken it back.
     */
    uint64_t updated;
    /**
     * Events that change nothing, for what is stored under their id is later.
     */
    uint64_t superseded;
    /**
     * How much there is to look at in events that were stored.
     */
    size_t warnings_count;
    /**
     * All of it: `warnings[0]` to `warnings[warnings_count - 1]`. An event may have several.
     */
    const struct crm_notice *const *warnings;
} crm_verdict;

/**
 * Called with a verdict and with the context it was set with.
 *
 * Threads: the client's own. Ownership: the verdict and all its texts are the library's and end
 * with the call; copy what you keep.
 */
typedef void (*crm_verdict_callback)(const struct crm_verdict *verdict, void *context);

/**
 * Events that were given up since the report before.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_loss_report {
    /**
     * How many reasons there are.
     */
    size_t reasons;
    /**
     * How many events for each reason: `events[i]` for the one that crm_loss_name(i) names.
     */
    const uint64_t *events;
    /**
     * How many of the events that the collector would not take are told of one by one: up to 16.
     */
    size_t samples_count;
    /**
     * Those events, each with its reason: `samples[0]` to `samples[samples_count - 1]`.
     */
    const struct crm_rejection *const *samples;
} crm_loss_report;

/**
 * Called with a report and with the context it was set with.
 *
 * Threads: the client's own. Ownership: the report and all its texts are the library's and end
 * with the call; copy what you keep.
 */
typedef void (*crm_loss_callback)(const struct crm_loss_report *report, void *context);

/**
 * What is wrong at the moment. Nothing is lost by it.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_error_report {
    /**
     * Why requests fail; CRM_NO_FAILURE when they do not.
     */
    crm_failure failure;
    /**
     * The HTTP status that they fail with; 0 where there is none.
     */
    uint32_t failure_status;
    /**
     * CRM_SPOOL_FAILING when the disk takes no events; otherwise CRM_SPOOL_OFF.
     */
    crm_spool_state spool;
    /**
     * All of it in one line for people, such as "the key is refused (status 401): …".
     */
    const char *message;
} crm_error_report;

/**
 * Called with a report and with the context it was set with.
 *
 * Threads: the client's own. Ownership: the report and its text are the library's and end with the
 * call; copy what you keep.
 */
typedef void (*crm_error_callback)(const struct crm_error_report *report, void *context);

/**
 * Called with an event that is about to be taken, with its id and its time, and with the context
 * it was set with. Returns true to send the event, as it is or as crm_event_set_json has changed
 * it, and false to hold it back, which is counted as "withheld".
 *
 * Threads: each that takes an event, also at once. Ownership: the event is the library's and ends
 * with the call.
 */
typedef bool (*crm_before_send_callback)(struct crm_event *event, void *context);

/**
 * What a flush or a shutdown had to leave unsent. Later versions may add fields at the end; the
 * functions that write it are told how many there are.
 */
typedef struct crm_unsent {
    /**
     * Events that the collector has not answered for.
     */
    uint64_t events;
    /**
     * Those of them that are on disk, where the next client with the same spool finds them. The
     * others are lost with a shutdown.
     */
    uint64_t on_disk;
    /**
     * Those of all of them whose request was on its way: the collector may or may not have them.
     */
    uint64_t in_flight;
} crm_unsent;

/**
 * A snapshot of a client, exact at the moment it was taken. Later versions may add fields at the
 * end; crm_client_stats is told how many there are.
 */
typedef struct crm_stats {
    /**
     * Events taken into the queue since the client was made.
     */
    uint64_t tracked;
    /**
     * Events found on disk, left by an earlier run or by a process that died.
     */
    uint64_t recovered;
    /**
     * Events that the collector has not answered for yet: waiting or on their way, in memory or
     * on disk. After a shutdown, those that are left on disk.
     */
    uint64_t queued;
    /**
     * Bytes of the queued events that are in memory alone, as JSON.
     */
    uint64_t queued_bytes;
    /**
     * Bytes of this client's files on disk.
     */
    uint64_t spool_bytes;
    /**
     * Events that the spool could not take, and that were kept in memory alone instead.
     */
    uint64_t unspooled;
    /**
     * Files of other keys in the directory of the spool, which this client leaves alone.
     */
    uint64_t foreign_segments;
    /**
     * Those of the queued events whose request is on its way now.
     */
    uint64_t in_flight;
    /**
     * Requests made, repeated ones included.
     */
    uint64_t requests;
    /**
     * Requests that failed and whose events wait to be sent again, or were.
     */
    uint64_t retries;
    /**
     * Events put into requests; an event that is sent again counts again.
     */
    uint64_t sent;
    /**
     * Events that the collector stored.
     */
    uint64_t accepted;
    /**
     * Events that the collector had stored before, from an attempt whose answer was lost.
     */
    uint64_t duplicate;
    /**
     * Events that the collector rejected.
     */
    uint64_t rejected;
    /**
     * Events that were given up for any reason; crm_client_losses counts them by reason.
     */
    uint64_t lost;
    /**
     * How long the oldest queued event has waited, but for those that are parked, in milliseconds.
     */
    uint64_t lag_ms;
    /**
     * Why the latest request failed; crm_client_failure_reason says more.
     */
    crm_failure failure;
    /**
     * The HTTP status that it failed with; 0 where there was none.
     */
    uint32_t failure_status;
    /**
     * Whether there is a spool, and how it is.
     */
    crm_spool_state spool;
    /**
     * 1 when so many requests failed in a row that only small ones are sent, to see whether the
     * collector is well again; otherwise 0.
     */
    uint32_t circuit_open;
    /**
     * Those of the queued events that were set aside: they fail even in a request of their own,
     * while others are taken. They are tried again now and then, and given up after a day.
     */
    uint64_t parked;
    /**
     * Events that have taken the place of what the collector had stored under their id, or have taken
     * it back.
     */
    uint64_t updated;
    /**
     * Events that change nothing, for what the collector has under their id is later.
     */
    uint64_t superseded;
    /**
     * Events that were taken or stored and that somebody has to look at: a contact field was left
     * out at the call, or the collector's verdict says so.
     */
    uint64_t warnings;
} crm_stats;

/**
 * An event that the collector would not take, and why.
 *
 * Later versions may add fields at the end.
 */
typedef struct crm_dead_letter {
    /**
     * When it was given up, in milliseconds since 1970 in UTC.
     */
    int64_t at_ms;
    /**
     * How: "rejected", "too_large", "malformed", "undeliverable" or "expired", names that
     * crm_client_losses knows.
     */
    const char *reason;
    /**
     * The collector's stable code for the reason, such as "conflict".
     */
    const char *code;
    /**
     * The field that was wrong, such as `items[2].unit_price`; NULL when it was none.
     */
    const char *field;
    /**
     * The rule, its limit and what was given, in English.
     */
    const char *message;
    /**
     * The event as JSON. Mended, it can be given to crm_client_track_json as it is: the collector
     * has not stored its id.
     */
    const char *event_json;
} crm_dead_letter;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The name of a code as it is written in this header, such as "CRM_QUEUE_FULL"; "unknown" for
 * what is none.
 *
 * Threads: any. Ownership: the text is static; do not free it.
 */
const char *crm_error_name(crm_code code);

/**
 * What the latest call of this thread that failed had to say, in English; "" when none has. A
 * call that succeeds leaves it as it is, so look at it only after a failure.
 *
 * It may quote what the call was given, such as a wrong email address: think before logging it.
 *
 * Threads: any; each has a message of its own. Ownership: the library's. The text stays as it is
 * until another call of this thread fails, or the thread ends.
 */
const char *crm_last_error(void);

/**
 * The version of the library that is running, such as "0.1.0". `CRM_VERSION` is the one that the
 * program was compiled with.
 *
 * Threads: any. Ownership: the text is static; do not free it.
 */
const char *crm_version(void);

/**
 * The version of the interface of the library that is running: CRM_ABI_VERSION of the header it
 * was built with. A program that loads the library by itself compares the two before anything else.
 *
 * Threads: any. Ownership: nothing changes hands.
 */
uint32_t crm_abi_version(void);

/**
 * The event as JSON, as crm_client_track_json takes it; NULL for NULL.
 *
 * Threads: that of the callback. Ownership: the event's; the text stays as it is until
 * crm_event_set_json, or until the callback returns.
 */
const char *crm_event_json(const struct crm_event *event);

/**
 * Sends this instead, an event as JSON with its "type", its id and its time. CRM_INVALID says what
 * is wrong with it; whether its fields keep to the rules is looked at when the callback has
 * returned, and the call that takes the event has the answer.
 *
 * Threads: that of the callback. Ownership: the text is copied.
 */
crm_code crm_event_set_json(struct crm_event *event,
                            const char *json);

/**
 * Hands the messages of all clients of this process to `callback`, up to and with those of
 * `most`. Can be done once, best before the first client is made; CRM_MISUSE the second time.
 *
 * The callback returns in the ordinary way: no exception and no longjmp may leave it. It calls no
 * function of this library.
 *
 * Threads: any. Ownership: `context` stays yours and has to live until the process ends.
 */
crm_code crm_set_log(crm_log_callback callback,
                     void *context,
                     crm_log_level most);

/**
 * Keeps the messages of all clients of this process, up to and with those of `most`, until
 * crm_poll_log asks for them: for programs that cannot be called back from another thread. Up to
 * `lines` of them, 10,000 at the most; of more than that the oldest are forgotten. Can be done once
 * and in place of crm_set_log; CRM_MISUSE the second time.
 *
 * Threads: any. Ownership: nothing changes hands.
 */
crm_code crm_keep_log(crm_log_level most,
                      size_t lines);

/**
 * Writes the oldest message that crm_keep_log has kept, in one line, into a buffer of `line_size`
 * bytes, with a NUL at its end: CRM_OK, or CRM_EMPTY when there is none at the moment. What does
 * not fit is cut off. `level` is NULL, or told how much the message matters. Never waits.
 *
 * Threads: any, also at once. Ownership: the buffer stays yours.
 */
crm_code crm_poll_log(crm_log_level *level,
                      char *line,
                      size_t line_size);

/**
 * Begins the options of a client that sends to the collector at `endpoint`, such as
 * "http://127.0.0.1:8787" or "unix:/run/crm.sock", with an API key that may ingest, such as "crm_sk_…".
 *
 * Threads: any. Ownership: both texts are copied; `*options` is yours, end it by
 * crm_options_free. NULL after a failure.
 */
crm_code crm_options_new(const char *endpoint,
                         const char *key,
                         struct crm_options **options);

/**
 * Ends options. NULL is allowed and does nothing. Clients that were made with them go on.
 *
 * Threads: any, while no other uses these options. Ownership: taken.
 */
void crm_options_free(struct crm_options *options);

/**
 * Sets the most events in one request: 1 to 1,000, by default 1,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_batch_events(struct crm_options *options, size_t events);

/**
 * Sets the most bytes of one request's body before compression: 64 to 4,194,304, by default as
 * many. A larger event goes alone.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_batch_bytes(struct crm_options *options, size_t bytes);

/**
 * Sets how long an event may wait for others to share its request, in milliseconds. By default
 * 1,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_batch_age(struct crm_options *options, uint64_t age_ms);

/**
 * Sets the most events in the queue, those on their way included. By default 100,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_queue_events(struct crm_options *options, size_t events);

/**
 * Sets the most bytes in the queue, as JSON, those on their way included. By default 32 MiB.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_queue_bytes(struct crm_options *options, size_t bytes);

/**
 * Sets what becomes of a new event when the queue is full. `wait_ms` is how long a call waits
 * under CRM_BLOCK; the other policies do not look at it.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_when_full(struct crm_options *options,
                                   crm_when_full policy,
                                   uint64_t wait_ms);

/**
 * Sets above how many bytes a body is compressed. By default 1,024; SIZE_MAX for never, which
 * saves a little work where the collector is on this machine.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_gzip_above(struct crm_options *options, size_t bytes);

/**
 * Sets how long a connection may take to stand, in milliseconds. By default 10,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_connect_timeout(struct crm_options *options, uint64_t timeout_ms);

/**
 * Sets how long a request may take, connecting and the whole answer included, before it is made
 * again, in milliseconds. By default 30,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_request_timeout(struct crm_options *options, uint64_t timeout_ms);

/**
 * Sets the pause after a failure, in milliseconds: a random time up to `first_ms`, which doubles
 * with each failure in a row until it is `longest_ms`. By default 500 and 60,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_retry_between(struct crm_options *options,
                                       uint64_t first_ms,
                                       uint64_t longest_ms);

/**
 * Sets how long crm_client_free may block to send what is queued, in milliseconds. By default
 * 2,000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_drop_timeout(struct crm_options *options, uint64_t timeout_ms);

/**
 * Trusts the certificate authorities in this PEM text, and none else; for a collector with a
 * private one. By default the system's are trusted. A certificate that a collector has signed
 * itself may stand in the text as well: that very one is then trusted, whatever its names and dates.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_options_set_root_certificates(struct crm_options *options,
                                           const char *pem);

/**
 * Trusts what is in this PEM text beside what is trusted anyway; otherwise as
 * crm_options_set_root_certificates.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_options_set_extra_root_certificates(struct crm_options *options, const char *pem);

/**
 * Keeps events on disk, in this directory, until the collector has decided on them: they survive
 * the process. By default they are in memory alone.
 *
 * The directory is made where it does not exist, readable by its owner alone; it has to be on a
 * local disk. Clients of any number of processes may share one: what a dead one left behind is
 * sent by one that lives. Clients with another key leave it alone. Where it cannot be used, the
 * client starts all the same, keeps events in memory, and says so: in its log and by the field
 * `spool` of crm_stats. See crm_options_set_spool_required.
 *
 * Threads: one at a time. Ownership: the path is copied. It may be one that is not UTF-8.
 */
crm_code crm_options_set_spool_dir(struct crm_options *options,
                                   const char *dir);

/**
 * Sets whether crm_client_new fails, with CRM_SPOOL, where the directory of crm_options_set_spool_dir
 * cannot be written to. By default it does not.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_spool_required(struct crm_options *options,
                                        bool required);

/**
 * Sets the most bytes of this client's files on disk, what it has adopted included; beyond that
 * crm_options_set_when_full holds. By default 256 MiB, 1 MiB at the least.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_spool_bytes(struct crm_options *options, uint64_t bytes);

/**
 * Sets how old an event on disk may grow, in milliseconds; an older one is given up. By default
 * 30 days.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_spool_age(struct crm_options *options, uint64_t age_ms);

/**
 * Adopts what was left on disk by clients with this key as well: an older key of the same
 * workspace, after a rotation. May be called several times.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_options_add_spool_key(struct crm_options *options, const char *key);

/**
 * Calls `callback` with each verdict of the collector, and hands it `context`. NULL for none.
 *
 * Keep it short, for nothing is sent meanwhile. It returns in the ordinary way: no exception and
 * no longjmp may leave it. It may use the client it was set for, but not free it; a flush or a
 * shutdown inside it does not wait. When a flush returns, the callback was called for all that
 * the flush was for.
 *
 * Threads: set by one at a time; called on the thread of the client, never twice at once for one
 * client, and not any more when crm_client_free has returned. Ownership: `context` stays yours and
 * has to live until the clients made with these options were freed.
 */
crm_code crm_options_set_on_verdict(struct crm_options *options,
                                    crm_verdict_callback callback,
                                    void *context);

/**
 * Calls `callback` when events were given up, for whatever reason, and hands it `context`: how many
 * by reason, and some of those that the collector would not take. NULL for none.
 *
 * It is called within a second of the loss, at most once a second, and once more at the end of a
 * shutdown. What holds for the callback of crm_options_set_on_verdict holds for it.
 *
 * Threads: set by one at a time; called on the thread of the client, and not any more when
 * crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
 * made with these options were freed.
 */
crm_code crm_options_set_on_loss(struct crm_options *options,
                                 crm_loss_callback callback,
                                 void *context);

/**
 * Calls `callback` when requests begin to fail, when they fail for another reason, when the disk
 * takes no more events, and when all is well again; hands it `context`. NULL for none.
 *
 * It is called at most once a second. What holds for the callback of crm_options_set_on_verdict
 * holds for it.
 *
 * Threads: set by one at a time; called on the thread of the client, and not any more when
 * crm_client_free has returned. Ownership: `context` stays yours and has to live until the clients
 * made with these options were freed.
 */
crm_code crm_options_set_on_error(struct crm_options *options,
                                  crm_error_callback callback,
                                  void *context);

/**
 * Calls `callback` with each event before it is taken, and hands it `context`: the place for consent
 * and redaction. NULL for none.
 *
 * It returns in the ordinary way: no exception and no longjmp may leave it. An event for which it
 * cannot be called is held back.
 *
 * Threads: set by one at a time; called on each thread that takes an event, also at once, and not
 * any more when that call has returned. Ownership: `context` stays yours and has to live until the
 * clients made with these options were freed.
 */
crm_code crm_options_set_before_send(struct crm_options *options,
                                     crm_before_send_callback callback,
                                     void *context);

/**
 * Keeps up to `verdicts` verdicts until crm_client_poll_verdict asks for them, for programs that
 * cannot be called back from another thread. Of more than that the oldest are forgotten. By default
 * none is kept; at most 10,000 are.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_options_set_keep_verdicts(struct crm_options *options,
                                       size_t verdicts);

/**
 * Begins a customer of this id: what your program calls it, 1 to 128 bytes.
 *
 * Threads: any. Ownership: `*customer` is yours; end it by crm_customer_free. NULL after a
 * failure.
 */
crm_code crm_customer_new(const char *customer_id, struct crm_customer **customer);

/**
 * Ends a customer. NULL is allowed and does nothing.
 *
 * Threads: any, while no other uses this customer. Ownership: taken.
 */
void crm_customer_free(struct crm_customer *customer);

/**
 * Sets the full name of the person or firm: up to 512 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_name(struct crm_customer *customer, const char *name);

/**
 * Sets the email address: up to 512 bytes, of the form name@domain.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_email(struct crm_customer *customer, const char *email);

/**
 * Sets the phone number: up to 512 bytes, written as you like.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_phone(struct crm_customer *customer, const char *phone);

/**
 * Sets the country, by name or code as you write it: up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_country(struct crm_customer *customer, const char *country);

/**
 * Sets what the customer agreed to, or did not, such as "email_marketing": up to 32 flags of up
 * to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_consent(struct crm_customer *customer, const char *flag, bool given);

/**
 * Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_customer_set_attribute(struct crm_customer *customer,
                                    const char *key,
                                    const char *value);

/**
 * Sets a free attribute to a whole number.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_attribute_integer(struct crm_customer *customer,
                                            const char *key,
                                            int64_t value);

/**
 * Sets a free attribute to true or false.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_attribute_bool(struct crm_customer *customer,
                                         const char *key,
                                         bool value);

/**
 * Sets a free attribute to any JSON value, nested up to 8 levels.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_customer_set_attribute_json(struct crm_customer *customer,
                                         const char *key,
                                         const char *json);

/**
 * Sets when the fields were true, where that is not now: RFC 3339 with an offset, such as
 * "2026-03-01T09:30:00Z".
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_occurred_at(struct crm_customer *customer, const char *time);

/**
 * The same in milliseconds since 1970 in UTC.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_customer_set_occurred_at_ms(struct crm_customer *customer, int64_t time_ms);

/**
 * Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
 * Without it, each call of crm_client_customer is a new event.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_customer_set_event_id(struct crm_customer *customer,
                                   const char *event_id);

/**
 * Begins a purchase. The currency is an ISO 4217 code such as "EUR" and holds for every amount
 * in it.
 *
 * Threads: any. Ownership: `*purchase` is yours; end it by crm_purchase_free. NULL after a
 * failure.
 */
crm_code crm_purchase_new(crm_purchase_kind kind,
                          const char *currency,
                          struct crm_purchase **purchase);

/**
 * Ends a purchase. NULL is allowed and does nothing.
 *
 * Threads: any, while no other uses this purchase. Ownership: taken.
 */
void crm_purchase_free(struct crm_purchase *purchase);

/**
 * Sets your id of the order or invoice: up to 128 bytes. The collector stores it once, so a refund
 * needs one of its own; see crm_purchase_set_replace and crm_purchase_set_updated_at.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_purchase_id(struct crm_purchase *purchase,
                                      const char *purchase_id);

/**
 * Sets who bought: up to 128 bytes. Without it the purchase is anonymous.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_customer_id(struct crm_purchase *purchase, const char *customer_id);

/**
 * Sets where it was sold, such as "web", "app" or "store": up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_channel(struct crm_purchase *purchase, const char *channel);

/**
 * Sets the country it was sold to, by name or code as you write it: up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_country(struct crm_purchase *purchase, const char *country);

/**
 * Sets which shop or application it comes from: up to 128 bytes. Ids of purchases are told apart
 * within a source. Where it is left out, it is the key's.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_source(struct crm_purchase *purchase,
                                 const char *source);

/**
 * Sets the number that people know it by, where that is not its id: up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_number(struct crm_purchase *purchase, const char *number);

/**
 * Sets where the order stands; without it, it is paid.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_state(struct crm_purchase *purchase, crm_purchase_state state);

/**
 * Sets when your program last changed it: RFC 3339 with an offset. Sent again with a later one, the
 * purchase takes the place of what was stored under its id; with an earlier one it changes nothing.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_updated_at(struct crm_purchase *purchase,
                                     const char *time);

/**
 * The same in milliseconds since 1970 in UTC.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_updated_at_ms(struct crm_purchase *purchase, int64_t time_ms);

/**
 * Sets whether it takes the place of what is stored under its id, whenever that was changed.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_replace(struct crm_purchase *purchase, bool replace);

/**
 * Sets whether it is taken back altogether: it is in no figure any more, and its id is free. Unless
 * crm_purchase_set_replace is set, a version stays that is later than its crm_purchase_set_updated_at.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_void(struct crm_purchase *purchase,
                               bool is_void);

/**
 * Sets which purchase money was given back for, by its id in the same source: up to 128 bytes. Of a
 * CRM_REFUND only. There may be several refunds of one purchase.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_refund_of(struct crm_purchase *purchase,
                                    const char *purchase_id);

/**
 * Sets how it was paid, such as "card": up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_payment_method(struct crm_purchase *purchase,
                                         const char *payment_method);

/**
 * Adds the code of a coupon that was used: up to 32 codes of up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_add_coupon(struct crm_purchase *purchase, const char *code);

/**
 * Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_purchase_set_attribute(struct crm_purchase *purchase,
                                    const char *key,
                                    const char *value);

/**
 * Sets a free attribute to a whole number.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_attribute_integer(struct crm_purchase *purchase,
                                            const char *key,
                                            int64_t value);

/**
 * Sets a free attribute to true or false.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_attribute_bool(struct crm_purchase *purchase,
                                         const char *key,
                                         bool value);

/**
 * Sets a free attribute to any JSON value, nested up to 8 levels.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_purchase_set_attribute_json(struct crm_purchase *purchase,
                                         const char *key,
                                         const char *json);

/**
 * Sets when it happened, where that is not now: RFC 3339 with an offset, such as
 * "2026-03-01T09:30:00Z".
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_occurred_at(struct crm_purchase *purchase, const char *time);

/**
 * The same in milliseconds since 1970 in UTC.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_occurred_at_ms(struct crm_purchase *purchase, int64_t time_ms);

/**
 * Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
 * Without it, each call of crm_client_purchase is a new event.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_event_id(struct crm_purchase *purchase,
                                   const char *event_id);

/**
 * Adds a line: so many pieces of a product at a price each, before discounts. The price is a decimal
 * number with up to 4 decimals, such as "6.95". Up to 5,000 lines; a quantity up to 100,000,000; a
 * SKU of 1 to 128 bytes. crm_purchase_add_line adds lines of every other sort.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_purchase_add_item(struct crm_purchase *purchase,
                               const char *sku,
                               uint32_t quantity,
                               const char *unit_price);

/**
 * The same with the price in 1/10,000 of a unit of the currency: 6.95 is 69500.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_add_item_x10000(struct crm_purchase *purchase,
                                      const char *sku,
                                      uint32_t quantity,
                                      int64_t unit_price_x10000);

/**
 * Adds a line of any kind. Quantity and price are decimal numbers with up to 4 decimals, such as
 * "1.5" and "6.95"; a quantity below zero is what came back in a sale with returns. `sku` may be NULL
 * where the line is no product or gets a name by crm_purchase_set_item_name, which stands for it
 * then.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_purchase_add_line(struct crm_purchase *purchase,
                               crm_line_kind kind,
                               const char *sku,
                               const char *quantity,
                               const char *unit_price);

/**
 * The same with the quantity in 1/10,000 and the price in 1/10,000 of a unit of the currency: 1.5 is
 * 15000, 6.95 is 69500.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_add_line_x10000(struct crm_purchase *purchase,
                                      crm_line_kind kind,
                                      const char *sku,
                                      int64_t quantity_x10000,
                                      int64_t unit_price_x10000);

/**
 * Names the line that was added last: up to 500 characters.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_name(struct crm_purchase *purchase, const char *name);

/**
 * Sets the category of the product of the line that was added last: up to 512 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_category(struct crm_purchase *purchase, const char *category);

/**
 * Sets which of the product it was of the line that was added last, such as its size: up to 512
 * bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_variant(struct crm_purchase *purchase, const char *variant);

/**
 * Sets the money off the whole line that was added last, as a decimal number with up to 4 decimals.
 * Its sign does not matter.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_discount(struct crm_purchase *purchase,
                                        const char *discount);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_item_discount_x10000(struct crm_purchase *purchase,
                                               int64_t discount_x10000);

/**
 * Sets the tax on the whole line that was added last, as a decimal number with up to 4 decimals.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_tax(struct crm_purchase *purchase,
                                   const char *tax);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_item_tax_x10000(struct crm_purchase *purchase, int64_t tax_x10000);

/**
 * Sets what one of the line that was added last cost you, for margins, as a decimal number with up
 * to 4 decimals.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_item_cost(struct crm_purchase *purchase,
                                    const char *cost);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_item_cost_x10000(struct crm_purchase *purchase, int64_t cost_x10000);

/**
 * Sets what was paid, a decimal number with up to 4 decimals such as "13.90"; of a refund, what was
 * given back. May be left out where there are lines: it is then the sum of all parts. Where it
 * differs from them, the difference is kept as rounding or, where it is larger, as an adjustment
 * with a warning in the verdict.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_total(struct crm_purchase *purchase,
                                const char *total);

/**
 * The same in 1/10,000 of a unit of the currency: 13.90 is 139000.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_total_x10000(struct crm_purchase *purchase, int64_t total_x10000);

/**
 * Sets all that was taken off, discounts of lines included, as a decimal number with up to 4
 * decimals. Its sign does not matter.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_discount(struct crm_purchase *purchase, const char *discount);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_discount_x10000(struct crm_purchase *purchase,
                                          int64_t discount_x10000);

/**
 * Sets all that was paid for delivery, as a decimal number with up to 4 decimals.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_shipping(struct crm_purchase *purchase, const char *shipping);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_shipping_x10000(struct crm_purchase *purchase,
                                          int64_t shipping_x10000);

/**
 * Sets all tax, that of lines included, as a decimal number with up to 4 decimals. It comes on top
 * of the prices, unless crm_purchase_set_tax_included says that it is in them.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_tax(struct crm_purchase *purchase,
                              const char *tax);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_tax_x10000(struct crm_purchase *purchase, int64_t tax_x10000);

/**
 * Sets whether prices have their tax in them, so that it does not come on top. Without it, it does.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_tax_included(struct crm_purchase *purchase,
                                       bool included);

/**
 * Sets what the customer gave on top, as a decimal number with up to 4 decimals.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_tip(struct crm_purchase *purchase, const char *tip);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_tip_x10000(struct crm_purchase *purchase, int64_t tip_x10000);

/**
 * Sets charges that are neither goods nor delivery, as a decimal number with up to 4 decimals.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_fees(struct crm_purchase *purchase, const char *fees);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_fees_x10000(struct crm_purchase *purchase, int64_t fees_x10000);

/**
 * Sets what the total was rounded by, as a decimal number with up to 4 decimals; below zero where
 * it was rounded down.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_purchase_set_rounding(struct crm_purchase *purchase,
                                   const char *rounding);

/**
 * The same in 1/10,000 of a unit of the currency.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_purchase_set_rounding_x10000(struct crm_purchase *purchase,
                                          int64_t rounding_x10000);

/**
 * Begins an interaction of this kind with this customer: 1 to 128 bytes.
 *
 * Threads: any. Ownership: `*interaction` is yours; end it by crm_interaction_free. NULL after a
 * failure.
 */
crm_code crm_interaction_new(const char *customer_id,
                             crm_interaction_kind kind,
                             struct crm_interaction **interaction);

/**
 * Ends an interaction. NULL is allowed and does nothing.
 *
 * Threads: any, while no other uses this interaction. Ownership: taken.
 */
void crm_interaction_free(struct crm_interaction *interaction);

/**
 * Sets who turned to whom.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_interaction_set_direction(struct crm_interaction *interaction,
                                       crm_direction direction);

/**
 * Sets where it happened, such as "web", "app" or "store": up to 128 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_channel(struct crm_interaction *interaction, const char *channel);

/**
 * Sets the subject, one line of up to 512 bytes.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_subject(struct crm_interaction *interaction, const char *subject);

/**
 * Sets the whole text: up to 64 KiB, of any number of lines.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_text(struct crm_interaction *interaction, const char *text);

/**
 * The same for a text of so many bytes that need not end in NUL.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_text_n(struct crm_interaction *interaction,
                                    const char *text,
                                    size_t text_bytes);

/**
 * Sets a free attribute to a text. All attributes together: up to 16 KiB as JSON.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_interaction_set_attribute(struct crm_interaction *interaction,
                                       const char *key,
                                       const char *value);

/**
 * Sets a free attribute to a whole number.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_attribute_integer(struct crm_interaction *interaction,
                                               const char *key,
                                               int64_t value);

/**
 * Sets a free attribute to true or false.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_attribute_bool(struct crm_interaction *interaction,
                                            const char *key,
                                            bool value);

/**
 * Sets a free attribute to any JSON value, nested up to 8 levels.
 *
 * Threads: one at a time. Ownership: the texts are copied.
 */
crm_code crm_interaction_set_attribute_json(struct crm_interaction *interaction,
                                            const char *key,
                                            const char *json);

/**
 * Sets when it happened, where that is not now: RFC 3339 with an offset, such as
 * "2026-03-01T09:30:00Z".
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_occurred_at(struct crm_interaction *interaction, const char *time);

/**
 * The same in milliseconds since 1970 in UTC.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_interaction_set_occurred_at_ms(struct crm_interaction *interaction,
                                            int64_t time_ms);

/**
 * Says which interaction this is a correction of, by the id of the event that brought it: what
 * crm_client_interaction gave when that was told. A correction has crm_interaction_set_updated_at,
 * crm_interaction_set_replace or crm_interaction_set_void, too, and is an event of its own.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_interaction_id(struct crm_interaction *interaction,
                                            const char *interaction_id);

/**
 * Sets when your program last changed it: RFC 3339 with an offset. With a later one than what is stored has,
 * the correction takes its place; with an earlier one it changes nothing.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_updated_at(struct crm_interaction *interaction,
                                        const char *time);

/**
 * The same in milliseconds since 1970 in UTC.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_interaction_set_updated_at_ms(struct crm_interaction *interaction,
                                           int64_t time_ms);

/**
 * Sets whether it takes the place of what is stored, whenever that was changed.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_interaction_set_replace(struct crm_interaction *interaction, bool replace);

/**
 * Sets whether it is taken back altogether: no timeline has it any more. Unless
 * crm_interaction_set_replace is set, a version stays that is later than its
 * crm_interaction_set_updated_at.
 *
 * Threads: one at a time. Ownership: nothing changes hands.
 */
crm_code crm_interaction_set_void(struct crm_interaction *interaction, bool is_void);

/**
 * Sets the id of the event, a UUID, where your program has one. The collector stores an id once.
 * Without it, each call of crm_client_interaction is a new event.
 *
 * Threads: one at a time. Ownership: the text is copied.
 */
crm_code crm_interaction_set_event_id(struct crm_interaction *interaction,
                                      const char *event_id);

/**
 * The reasons for which events are given up, in a fixed order from 0 on: "invalid",
 * "queue_full" and so on; NULL past the last one. crm_client_losses counts by them.
 *
 * Threads: any. Ownership: the text is static; do not free it.
 */
const char *crm_loss_name(size_t index);

/**
 * A failure in a few words, such as "the collector cannot be reached"; "" for CRM_NO_FAILURE.
 *
 * Threads: any. Ownership: the text is static; do not free it.
 */
const char *crm_failure_text(crm_failure failure);

/**
 * Makes a client and starts its thread. Makes no connection yet: a collector that is down at the
 * start is as good as one that is down later.
 *
 * CRM_CONFIGURATION names each option that cannot be used, CRM_SYSTEM says that there is no
 * thread to be had, CRM_SPOOL that a directory which is required cannot be written to.
 *
 * Threads: any, while no other changes these options. Ownership: the options stay yours, and may
 * be changed and freed at once; `*client` is yours, end it by crm_client_free. NULL after a
 * failure.
 */
crm_code crm_client_new(const struct crm_options *options,
                        struct crm_client **client);

/**
 * Ends a client. What is queued is sent first, for which this blocks up to the time set by
 * crm_options_set_drop_timeout; what is left then is as after crm_client_shutdown. Call crm_client_shutdown before,
 * to choose the time and learn what was left. Waits for a callback that is under way.
 * NULL is allowed and does nothing.
 *
 * Threads: any but the one that calls the callbacks, while no other uses this client.
 * Ownership: taken.
 */
void crm_client_free(struct crm_client *client);

/**
 * Takes a customer that appeared or changed. See crm_client_track_json for what taking means and
 * for `event_id`.
 *
 * Threads: any, also at once; none may change this customer meanwhile. Ownership: the customer is
 * copied and stays yours, to be changed and told again.
 */
crm_code crm_client_customer(const struct crm_client *client,
                             const struct crm_customer *customer,
                             char *event_id);

/**
 * Takes a customer as crm_client_customer does, and waits until it is on stable storage, where it
 * survives a power cut as well. Threads that wait at the same time share one sync of the disk,
 * which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
 * spool or that the disk failed.
 *
 * Threads: any, also at once; none may change this customer meanwhile. Ownership: the customer is
 * copied and stays yours.
 */
crm_code crm_client_customer_durable(const struct crm_client *client,
                                     const struct crm_customer *customer,
                                     char *event_id);

/**
 * Takes a sale or a refund. See crm_client_track_json for what taking means and for `event_id`.
 *
 * Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
 * copied and stays yours.
 */
crm_code crm_client_purchase(const struct crm_client *client,
                             const struct crm_purchase *purchase,
                             char *event_id);

/**
 * Takes a purchase as crm_client_purchase does, and waits until it is on stable storage, where it
 * survives a power cut as well. Threads that wait at the same time share one sync of the disk,
 * which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
 * spool or that the disk failed.
 *
 * Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
 * copied and stays yours.
 */
crm_code crm_client_purchase_durable(const struct crm_client *client,
                                     const struct crm_purchase *purchase,
                                     char *event_id);

/**
 * Takes that a purchase was called off: nothing was bought. It takes the place of what is stored under
 * its id, which it needs; what was paid and given back is a paid purchase and a refund. The same as
 * crm_client_purchase after crm_purchase_set_state with CRM_CANCELLED and crm_purchase_set_replace.
 *
 * Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
 * copied and stays yours, as it was.
 */
crm_code crm_client_cancel(const struct crm_client *client,
                           const struct crm_purchase *purchase,
                           char *event_id);

/**
 * Takes a purchase back altogether, as one that never should have been sent: it is in no figure any
 * more, and its id, which it needs, is free. What else is told of it does not matter. The same as
 * crm_client_purchase after crm_purchase_set_void and crm_purchase_set_replace.
 *
 * Threads: any, also at once; none may change this purchase meanwhile. Ownership: the purchase is
 * copied and stays yours, as it was.
 */
crm_code crm_client_void(const struct crm_client *client,
                         const struct crm_purchase *purchase,
                         char *event_id);

/**
 * Takes an interaction. See crm_client_track_json for what taking means and for `event_id`.
 *
 * Threads: any, also at once; none may change this interaction meanwhile. Ownership: the
 * interaction is copied and stays yours.
 */
crm_code crm_client_interaction(const struct crm_client *client,
                                const struct crm_interaction *interaction,
                                char *event_id);

/**
 * Takes an interaction as crm_client_interaction does, and waits until it is on stable storage, where it
 * survives a power cut as well. Threads that wait at the same time share one sync of the disk,
 * which takes from a tenth of a millisecond to tens of them. CRM_SPOOL says that there is no
 * spool or that the disk failed.
 *
 * Threads: any, also at once; none may change this interaction meanwhile. Ownership: the interaction is
 * copied and stays yours.
 */
crm_code crm_client_interaction_durable(const struct crm_client *client,
                                        const struct crm_interaction *interaction,
                                        char *event_id);

/**
 * Takes any event, as JSON with its "type": customer, purchase or interaction.
 *
 * Taking an event checks it, fills in its id and its time where they are absent, and returns:
 * nothing waits for the network, and only under CRM_BLOCK for room. With a spool the event is in
 * the system's hands then, and survives whatever happens to the process; without one it is in
 * memory, and does not. CRM_INVALID names the field and the rule that it breaks; CRM_QUEUE_FULL,
 * CRM_SHUT_DOWN and CRM_FORKED say why it was not taken.
 *
 * `event_id` is NULL, or a buffer of CRM_EVENT_ID_SIZE bytes that receives the event's id as
 * text. A failure leaves it as it was.
 *
 * Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
 */
crm_code crm_client_track_json(const struct crm_client *client,
                               const char *json,
                               char *event_id);

/**
 * The same for a text of so many bytes that need not end in NUL.
 *
 * Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
 */
crm_code crm_client_track_json_n(const struct crm_client *client,
                                 const char *json,
                                 size_t json_bytes,
                                 char *event_id);

/**
 * Takes any event as crm_client_track_json does, and waits until it is on stable storage. See
 * crm_client_purchase_durable.
 *
 * Threads: any, also at once. Ownership: the text is copied; the buffer stays yours.
 */
crm_code crm_client_track_json_durable(const struct crm_client *client,
                                       const char *json,
                                       char *event_id);

/**
 * Sends what was taken before this call without waiting for batches to fill, and blocks until
 * the collector has decided on all of it: CRM_OK, or CRM_UNSENT after `timeout_ms`
 * milliseconds, or when nothing is left but what is parked. It is still going to be sent.
 *
 * `unsent` is NULL, or told in both cases how much is left; `unsent_size` is sizeof(crm_unsent).
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
crm_code crm_client_flush(const struct crm_client *client,
                          uint64_t timeout_ms,
                          struct crm_unsent *unsent,
                          size_t unsent_size);

/**
 * Takes no more events, sends what is queued, and ends the client's thread; blocks for
 * `timeout_ms` milliseconds at most. CRM_UNSENT says that something was left: on disk, where the
 * next client with the same spool finds it, or in memory, where it is given up. The client still
 * has to be freed. In a forked child it does nothing, for the parent goes on.
 *
 * `unsent` is NULL, or told in both cases how much was left; `unsent_size` is
 * sizeof(crm_unsent). Called again, it tells the same.
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
crm_code crm_client_shutdown(const struct crm_client *client,
                             uint64_t timeout_ms,
                             struct crm_unsent *unsent,
                             size_t unsent_size);

/**
 * Writes what was done so far and what is left to do: crm_client_stats(client, &stats, sizeof
 * stats). The size tells which fields your program knows; those that the library does not know
 * become 0.
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
crm_code crm_client_stats(const struct crm_client *client,
                          struct crm_stats *stats,
                          size_t stats_size);

/**
 * Writes what is known of the latest request's failure beyond crm_stats.failure, such as what TLS
 * or the lookup of a name said, or the collector itself, into a buffer of `reason_size` bytes, with
 * a NUL at its end; "" where nothing is known, and where it did not fail. What does not fit is cut
 * off.
 *
 * Threads: any, also at once. Ownership: the buffer stays yours.
 */
crm_code crm_client_failure_reason(const struct crm_client *client,
                                   char *reason,
                                   size_t reason_size);

/**
 * Counts the events that were given up since the client was made: for one reason, by its name,
 * or for any, where `reason` is NULL. crm_loss_name lists the names.
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
crm_code crm_client_losses(const struct crm_client *client,
                           const char *reason,
                           uint64_t *events);

/**
 * Hands out the oldest verdict that crm_options_set_keep_verdicts has kept: CRM_OK with
 * `*verdict`, or CRM_EMPTY when there is none at the moment. Never waits.
 *
 * Threads: any, also at once. Ownership: `*verdict` is yours; end it by crm_kept_verdict_free.
 * NULL when there is none.
 */
crm_code crm_client_poll_verdict(const struct crm_client *client,
                                 struct crm_kept_verdict **verdict);

/**
 * What the verdict says; NULL for NULL.
 *
 * Threads: any, also at once. Ownership: the kept verdict's; it ends with it, and all its texts do.
 */
const struct crm_verdict *crm_kept_verdict_get(const struct crm_kept_verdict *verdict);

/**
 * Ends a verdict. NULL is allowed and does nothing.
 *
 * Threads: any, while no other uses this verdict. Ownership: taken.
 */
void crm_kept_verdict_free(struct crm_kept_verdict *verdict);

/**
 * Lists the events that the collector would not take, with its reasons: from this client and from
 * all others that used its spool with the same key. Without a spool there are none. CRM_SPOOL says
 * that they cannot be read.
 *
 * Threads: any, also at once. Ownership: `*letters` is yours; end it by crm_dead_letters_free.
 * NULL after a failure.
 */
crm_code crm_client_dead_letters(const struct crm_client *client,
                                 struct crm_dead_letters **letters);

/**
 * How many there are in the list; 0 for NULL.
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
size_t crm_dead_letters_count(const struct crm_dead_letters *letters);

/**
 * One of them, from 0 on; NULL past the last one.
 *
 * Threads: any, also at once. Ownership: the list's; it ends with the list, and all its texts do.
 */
const struct crm_dead_letter *crm_dead_letters_get(const struct crm_dead_letters *letters,
                                                   size_t index);

/**
 * Ends a list. NULL is allowed and does nothing. The letters stay on disk.
 *
 * Threads: any, while no other uses this list. Ownership: taken.
 */
void crm_dead_letters_free(struct crm_dead_letters *letters);

/**
 * Takes all dead letters once more, with the ids that they have, and forgets them as such. For
 * when what was wrong with them is mended on the collector's side. The codes are those of
 * crm_client_track_json, for the first letter that is not taken: it and those after it are kept.
 *
 * `events` is NULL, or told how many were taken when the code is CRM_OK.
 *
 * Threads: any, also at once. Ownership: nothing changes hands.
 */
crm_code crm_client_resend_dead_letters(const struct crm_client *client,
                                        uint64_t *events);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CRM_H */
