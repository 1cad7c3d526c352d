enum { CRM_ABI_VERSION = 1 };

enum { CRM_EVENT_ID_SIZE = 37 };

enum crm_code {
    CRM_OK = 0,
    CRM_MISUSE = 1,
    CRM_NOT_UTF8 = 2,
    CRM_CONFIGURATION = 3,
    CRM_INVALID = 4,
    CRM_QUEUE_FULL = 5,
    CRM_SHUT_DOWN = 6,
    CRM_UNSENT = 7,
    CRM_SYSTEM = 8,
    CRM_PANIC = 9,
    CRM_FORKED = 10,
    CRM_SPOOL = 11,
    CRM_EMPTY = 12,
    CRM_OTHER = 99,
};
typedef int32_t crm_code;

enum crm_log_level {
    CRM_LOG_ERROR = 1,
    CRM_LOG_WARN = 2,
    CRM_LOG_INFO = 3,
    CRM_LOG_DEBUG = 4,
};
typedef int32_t crm_log_level;

enum crm_when_full {
    CRM_REFUSE_NEWEST = 1,
    CRM_DROP_OLDEST = 2,
    CRM_BLOCK = 3,
};
typedef int32_t crm_when_full;

enum crm_failure {
    CRM_NO_FAILURE = 0,
    CRM_UNREACHABLE = 1,
    CRM_UNAVAILABLE = 2,
    CRM_BAD_ANSWER = 3,
    CRM_KEY_REFUSED = 4,
    CRM_UNEXPECTED = 5,
    CRM_OTHER_FAILURE = 99,
};
typedef int32_t crm_failure;

enum crm_spool_state {
    CRM_SPOOL_OFF = 0,
    CRM_SPOOL_WORKING = 1,
    CRM_SPOOL_FAILING = 2,
};
typedef int32_t crm_spool_state;

enum crm_purchase_kind {
    CRM_SALE = 1,
    CRM_REFUND = 2,
};
typedef int32_t crm_purchase_kind;

enum crm_purchase_state {
    CRM_PENDING = 1,
    CRM_PAID = 2,
    CRM_CANCELLED = 3,
};
typedef int32_t crm_purchase_state;

enum crm_line_kind {
    CRM_LINE_PRODUCT = 1,
    CRM_LINE_DISCOUNT = 2,
    CRM_LINE_SHIPPING = 3,
    CRM_LINE_FEE = 4,
    CRM_LINE_TIP = 5,
    CRM_LINE_GIFT_CARD = 6,
};
typedef int32_t crm_line_kind;

enum crm_interaction_kind {
    CRM_VISIT = 1,
    CRM_EMAIL = 2,
    CRM_CALL = 3,
    CRM_CHAT = 4,
    CRM_TICKET = 5,
    CRM_CAMPAIGN = 6,
    CRM_NOTE = 7,
    CRM_CUSTOM = 8,
};
typedef int32_t crm_interaction_kind;

enum crm_direction {
    CRM_INBOUND = 1,
    CRM_OUTBOUND = 2,
};
typedef int32_t crm_direction;

typedef struct crm_client crm_client;

typedef struct crm_customer crm_customer;

typedef struct crm_dead_letters crm_dead_letters;

typedef struct crm_event crm_event;

typedef struct crm_interaction crm_interaction;

typedef struct crm_kept_verdict crm_kept_verdict;

typedef struct crm_options crm_options;

typedef struct crm_purchase crm_purchase;

typedef void (*crm_log_callback)(crm_log_level level, const char *message, void *context);

typedef struct crm_rejection {
    const char *event_id;
    const char *code;
    const char *field;
    const char *message;
} crm_rejection;

typedef struct crm_notice {
    const char *event_id;
    const char *code;
    const char *field;
    const char *message;
} crm_notice;

typedef struct crm_verdict {
    uint64_t accepted;
    uint64_t duplicate;
    size_t rejected_count;
    const struct crm_rejection *const *rejected;
    uint64_t updated;
    uint64_t superseded;
    size_t warnings_count;
    const struct crm_notice *const *warnings;
} crm_verdict;

typedef void (*crm_verdict_callback)(const struct crm_verdict *verdict, void *context);

typedef struct crm_loss_report {
    size_t reasons;
    const uint64_t *events;
    size_t samples_count;
    const struct crm_rejection *const *samples;
} crm_loss_report;

typedef void (*crm_loss_callback)(const struct crm_loss_report *report, void *context);

typedef struct crm_error_report {
    crm_failure failure;
    uint32_t failure_status;
    crm_spool_state spool;
    const char *message;
} crm_error_report;

typedef void (*crm_error_callback)(const struct crm_error_report *report, void *context);

typedef bool (*crm_before_send_callback)(struct crm_event *event, void *context);

typedef struct crm_unsent {
    uint64_t events;
    uint64_t on_disk;
    uint64_t in_flight;
} crm_unsent;

typedef struct crm_stats {
    uint64_t tracked;
    uint64_t recovered;
    uint64_t queued;
    uint64_t queued_bytes;
    uint64_t spool_bytes;
    uint64_t unspooled;
    uint64_t foreign_segments;
    uint64_t in_flight;
    uint64_t requests;
    uint64_t retries;
    uint64_t sent;
    uint64_t accepted;
    uint64_t duplicate;
    uint64_t rejected;
    uint64_t lost;
    uint64_t lag_ms;
    crm_failure failure;
    uint32_t failure_status;
    crm_spool_state spool;
    uint32_t circuit_open;
    uint64_t parked;
    uint64_t updated;
    uint64_t superseded;
    uint64_t warnings;
} crm_stats;

typedef struct crm_dead_letter {
    int64_t at_ms;
    const char *reason;
    const char *code;
    const char *field;
    const char *message;
    const char *event_json;
} crm_dead_letter;

const char *crm_error_name(crm_code code);

const char *crm_last_error(void);

const char *crm_version(void);

uint32_t crm_abi_version(void);

const char *crm_event_json(const struct crm_event *event);

crm_code crm_event_set_json(struct crm_event *event, const char *json);

crm_code crm_set_log(crm_log_callback callback, void *context, crm_log_level most);

crm_code crm_keep_log(crm_log_level most, size_t lines);

crm_code crm_poll_log(crm_log_level *level, char *line, size_t line_size);

crm_code crm_options_new(const char *endpoint, const char *key, struct crm_options **options);

void crm_options_free(struct crm_options *options);

crm_code crm_options_set_batch_events(struct crm_options *options, size_t events);

crm_code crm_options_set_batch_bytes(struct crm_options *options, size_t bytes);

crm_code crm_options_set_batch_age(struct crm_options *options, uint64_t age_ms);

crm_code crm_options_set_queue_events(struct crm_options *options, size_t events);

crm_code crm_options_set_queue_bytes(struct crm_options *options, size_t bytes);

crm_code crm_options_set_when_full(struct crm_options *options,
                                   crm_when_full policy,
                                   uint64_t wait_ms);

crm_code crm_options_set_gzip_above(struct crm_options *options, size_t bytes);

crm_code crm_options_set_connect_timeout(struct crm_options *options, uint64_t timeout_ms);

crm_code crm_options_set_request_timeout(struct crm_options *options, uint64_t timeout_ms);

crm_code crm_options_set_retry_between(struct crm_options *options,
                                       uint64_t first_ms,
                                       uint64_t longest_ms);

crm_code crm_options_set_drop_timeout(struct crm_options *options, uint64_t timeout_ms);

crm_code crm_options_set_root_certificates(struct crm_options *options, const char *pem);

crm_code crm_options_set_extra_root_certificates(struct crm_options *options, const char *pem);

crm_code crm_options_set_spool_dir(struct crm_options *options, const char *dir);

crm_code crm_options_set_spool_required(struct crm_options *options, bool required);

crm_code crm_options_set_spool_bytes(struct crm_options *options, uint64_t bytes);

crm_code crm_options_set_spool_age(struct crm_options *options, uint64_t age_ms);

crm_code crm_options_add_spool_key(struct crm_options *options, const char *key);

crm_code crm_options_set_on_verdict(struct crm_options *options,
                                    crm_verdict_callback callback,
                                    void *context);

crm_code crm_options_set_on_loss(struct crm_options *options,
                                 crm_loss_callback callback,
                                 void *context);

crm_code crm_options_set_on_error(struct crm_options *options,
                                  crm_error_callback callback,
                                  void *context);

crm_code crm_options_set_before_send(struct crm_options *options,
                                     crm_before_send_callback callback,
                                     void *context);

crm_code crm_options_set_keep_verdicts(struct crm_options *options, size_t verdicts);

crm_code crm_customer_new(const char *customer_id, struct crm_customer **customer);

void crm_customer_free(struct crm_customer *customer);

crm_code crm_customer_set_name(struct crm_customer *customer, const char *name);

crm_code crm_customer_set_email(struct crm_customer *customer, const char *email);

crm_code crm_customer_set_phone(struct crm_customer *customer, const char *phone);

crm_code crm_customer_set_country(struct crm_customer *customer, const char *country);

crm_code crm_customer_set_consent(struct crm_customer *customer, const char *flag, bool given);

crm_code crm_customer_set_attribute(struct crm_customer *customer,
                                    const char *key,
                                    const char *value);

crm_code crm_customer_set_attribute_integer(struct crm_customer *customer,
                                            const char *key,
                                            int64_t value);

crm_code crm_customer_set_attribute_bool(struct crm_customer *customer,
                                         const char *key,
                                         bool value);

crm_code crm_customer_set_attribute_json(struct crm_customer *customer,
                                         const char *key,
                                         const char *json);

crm_code crm_customer_set_occurred_at(struct crm_customer *customer, const char *time);

crm_code crm_customer_set_occurred_at_ms(struct crm_customer *customer, int64_t time_ms);

crm_code crm_customer_set_event_id(struct crm_customer *customer, const char *event_id);

crm_code crm_purchase_new(crm_purchase_kind kind,
                          const char *currency,
                          struct crm_purchase **purchase);

void crm_purchase_free(struct crm_purchase *purchase);

crm_code crm_purchase_set_purchase_id(struct crm_purchase *purchase, const char *purchase_id);

crm_code crm_purchase_set_customer_id(struct crm_purchase *purchase, const char *customer_id);

crm_code crm_purchase_set_channel(struct crm_purchase *purchase, const char *channel);

crm_code crm_purchase_set_country(struct crm_purchase *purchase, const char *country);

crm_code crm_purchase_set_source(struct crm_purchase *purchase, const char *source);

crm_code crm_purchase_set_number(struct crm_purchase *purchase, const char *number);

crm_code crm_purchase_set_state(struct crm_purchase *purchase, crm_purchase_state state);

crm_code crm_purchase_set_updated_at(struct crm_purchase *purchase, const char *time);

crm_code crm_purchase_set_updated_at_ms(struct crm_purchase *purchase, int64_t time_ms);

crm_code crm_purchase_set_replace(struct crm_purchase *purchase, bool replace);

crm_code crm_purchase_set_void(struct crm_purchase *purchase, bool is_void);

crm_code crm_purchase_set_refund_of(struct crm_purchase *purchase, const char *purchase_id);

crm_code crm_purchase_set_payment_method(struct crm_purchase *purchase,
                                         const char *payment_method);

crm_code crm_purchase_add_coupon(struct crm_purchase *purchase, const char *code);

crm_code crm_purchase_set_attribute(struct crm_purchase *purchase,
                                    const char *key,
                                    const char *value);

crm_code crm_purchase_set_attribute_integer(struct crm_purchase *purchase,
                                            const char *key,
                                            int64_t value);

crm_code crm_purchase_set_attribute_bool(struct crm_purchase *purchase,
                                         const char *key,
                                         bool value);

crm_code crm_purchase_set_attribute_json(struct crm_purchase *purchase,
                                         const char *key,
                                         const char *json);

crm_code crm_purchase_set_occurred_at(struct crm_purchase *purchase, const char *time);

crm_code crm_purchase_set_occurred_at_ms(struct crm_purchase *purchase, int64_t time_ms);

crm_code crm_purchase_set_event_id(struct crm_purchase *purchase, const char *event_id);

crm_code crm_purchase_add_item(struct crm_purchase *purchase,
                               const char *sku,
                               uint32_t quantity,
                               const char *unit_price);

crm_code crm_purchase_add_item_x10000(struct crm_purchase *purchase,
                                      const char *sku,
                                      uint32_t quantity,
                                      int64_t unit_price_x10000);

crm_code crm_purchase_add_line(struct crm_purchase *purchase,
                               crm_line_kind kind,
                               const char *sku,
                               const char *quantity,
                               const char *unit_price);

crm_code crm_purchase_add_line_x10000(struct crm_purchase *purchase,
                                      crm_line_kind kind,
                                      const char *sku,
                                      int64_t quantity_x10000,
                                      int64_t unit_price_x10000);

crm_code crm_purchase_set_item_name(struct crm_purchase *purchase, const char *name);

crm_code crm_purchase_set_item_category(struct crm_purchase *purchase, const char *category);

crm_code crm_purchase_set_item_variant(struct crm_purchase *purchase, const char *variant);

crm_code crm_purchase_set_item_discount(struct crm_purchase *purchase, const char *discount);

crm_code crm_purchase_set_item_discount_x10000(struct crm_purchase *purchase,
                                               int64_t discount_x10000);

crm_code crm_purchase_set_item_tax(struct crm_purchase *purchase, const char *tax);

crm_code crm_purchase_set_item_tax_x10000(struct crm_purchase *purchase, int64_t tax_x10000);

crm_code crm_purchase_set_item_cost(struct crm_purchase *purchase, const char *cost);

crm_code crm_purchase_set_item_cost_x10000(struct crm_purchase *purchase, int64_t cost_x10000);

crm_code crm_purchase_set_total(struct crm_purchase *purchase, const char *total);

crm_code crm_purchase_set_total_x10000(struct crm_purchase *purchase, int64_t total_x10000);

crm_code crm_purchase_set_discount(struct crm_purchase *purchase, const char *discount);

crm_code crm_purchase_set_discount_x10000(struct crm_purchase *purchase,
                                          int64_t discount_x10000);

crm_code crm_purchase_set_shipping(struct crm_purchase *purchase, const char *shipping);

crm_code crm_purchase_set_shipping_x10000(struct crm_purchase *purchase,
                                          int64_t shipping_x10000);

crm_code crm_purchase_set_tax(struct crm_purchase *purchase, const char *tax);

crm_code crm_purchase_set_tax_x10000(struct crm_purchase *purchase, int64_t tax_x10000);

crm_code crm_purchase_set_tax_included(struct crm_purchase *purchase, bool included);

crm_code crm_purchase_set_tip(struct crm_purchase *purchase, const char *tip);

crm_code crm_purchase_set_tip_x10000(struct crm_purchase *purchase, int64_t tip_x10000);

crm_code crm_purchase_set_fees(struct crm_purchase *purchase, const char *fees);

crm_code crm_purchase_set_fees_x10000(struct crm_purchase *purchase, int64_t fees_x10000);

crm_code crm_purchase_set_rounding(struct crm_purchase *purchase, const char *rounding);

crm_code crm_purchase_set_rounding_x10000(struct crm_purchase *purchase,
                                          int64_t rounding_x10000);

crm_code crm_interaction_new(const char *customer_id,
                             crm_interaction_kind kind,
                             struct crm_interaction **interaction);

void crm_interaction_free(struct crm_interaction *interaction);

crm_code crm_interaction_set_direction(struct crm_interaction *interaction,
                                       crm_direction direction);

crm_code crm_interaction_set_channel(struct crm_interaction *interaction, const char *channel);

crm_code crm_interaction_set_subject(struct crm_interaction *interaction, const char *subject);

crm_code crm_interaction_set_text(struct crm_interaction *interaction, const char *text);

crm_code crm_interaction_set_text_n(struct crm_interaction *interaction,
                                    const char *text,
                                    size_t text_bytes);

crm_code crm_interaction_set_attribute(struct crm_interaction *interaction,
                                       const char *key,
                                       const char *value);

crm_code crm_interaction_set_attribute_integer(struct crm_interaction *interaction,
                                               const char *key,
                                               int64_t value);

crm_code crm_interaction_set_attribute_bool(struct crm_interaction *interaction,
                                            const char *key,
                                            bool value);

crm_code crm_interaction_set_attribute_json(struct crm_interaction *interaction,
                                            const char *key,
                                            const char *json);

crm_code crm_interaction_set_occurred_at(struct crm_interaction *interaction, const char *time);

crm_code crm_interaction_set_occurred_at_ms(struct crm_interaction *interaction,
                                            int64_t time_ms);

crm_code crm_interaction_set_interaction_id(struct crm_interaction *interaction,
                                            const char *interaction_id);

crm_code crm_interaction_set_updated_at(struct crm_interaction *interaction, const char *time);

crm_code crm_interaction_set_updated_at_ms(struct crm_interaction *interaction,
                                           int64_t time_ms);

crm_code crm_interaction_set_replace(struct crm_interaction *interaction, bool replace);

crm_code crm_interaction_set_void(struct crm_interaction *interaction, bool is_void);

crm_code crm_interaction_set_event_id(struct crm_interaction *interaction,
                                      const char *event_id);

const char *crm_loss_name(size_t index);

const char *crm_failure_text(crm_failure failure);

crm_code crm_client_new(const struct crm_options *options, struct crm_client **client);

void crm_client_free(struct crm_client *client);

crm_code crm_client_customer(const struct crm_client *client,
                             const struct crm_customer *customer,
                             char *event_id);

crm_code crm_client_customer_durable(const struct crm_client *client,
                                     const struct crm_customer *customer,
                                     char *event_id);

crm_code crm_client_purchase(const struct crm_client *client,
                             const struct crm_purchase *purchase,
                             char *event_id);

crm_code crm_client_purchase_durable(const struct crm_client *client,
                                     const struct crm_purchase *purchase,
                                     char *event_id);

crm_code crm_client_cancel(const struct crm_client *client,
                           const struct crm_purchase *purchase,
                           char *event_id);

crm_code crm_client_void(const struct crm_client *client,
                         const struct crm_purchase *purchase,
                         char *event_id);

crm_code crm_client_interaction(const struct crm_client *client,
                                const struct crm_interaction *interaction,
                                char *event_id);

crm_code crm_client_interaction_durable(const struct crm_client *client,
                                        const struct crm_interaction *interaction,
                                        char *event_id);

crm_code crm_client_track_json(const struct crm_client *client,
                               const char *json,
                               char *event_id);

crm_code crm_client_track_json_n(const struct crm_client *client,
                                 const char *json,
                                 size_t json_bytes,
                                 char *event_id);

crm_code crm_client_track_json_durable(const struct crm_client *client,
                                       const char *json,
                                       char *event_id);

crm_code crm_client_flush(const struct crm_client *client,
                          uint64_t timeout_ms,
                          struct crm_unsent *unsent,
                          size_t unsent_size);

crm_code crm_client_shutdown(const struct crm_client *client,
                             uint64_t timeout_ms,
                             struct crm_unsent *unsent,
                             size_t unsent_size);

crm_code crm_client_stats(const struct crm_client *client,
                          struct crm_stats *stats,
                          size_t stats_size);

crm_code crm_client_failure_reason(const struct crm_client *client,
                                   char *reason,
                                   size_t reason_size);

crm_code crm_client_losses(const struct crm_client *client,
                           const char *reason,
                           uint64_t *events);

crm_code crm_client_poll_verdict(const struct crm_client *client,
                                 struct crm_kept_verdict **verdict);

const struct crm_verdict *crm_kept_verdict_get(const struct crm_kept_verdict *verdict);

void crm_kept_verdict_free(struct crm_kept_verdict *verdict);

crm_code crm_client_dead_letters(const struct crm_client *client,
                                 struct crm_dead_letters **letters);

size_t crm_dead_letters_count(const struct crm_dead_letters *letters);

const struct crm_dead_letter *crm_dead_letters_get(const struct crm_dead_letters *letters,
                                                   size_t index);

void crm_dead_letters_free(struct crm_dead_letters *letters);

crm_code crm_client_resend_dead_letters(const struct crm_client *client, uint64_t *events);
