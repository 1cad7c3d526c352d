//! opentelemetry with its OTLP exporter: `Logger::emit` into the batch processor, which posts
//! protobuf over HTTP.

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::logs::{LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry_otlp::{LogExporter, WithExportConfig};
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, SdkLogRecord, SdkLogger, SdkLoggerProvider,
};

use super::{Contender, Sale};

pub struct Otlp {
    provider: SdkLoggerProvider,
    logger: SdkLogger,
}

impl Otlp {
    pub fn new(url: &str, capacity: usize) -> Self {
        let exporter = LogExporter::builder()
            .with_http()
            .with_endpoint(format!("{url}/v1/logs"))
            .build()
            .expect("the endpoint is good");
        let batches = BatchConfigBuilder::default().with_max_queue_size(capacity).build();
        let processor = BatchLogProcessor::builder(exporter).with_batch_config(batches).build();
        let provider = SdkLoggerProvider::builder().with_log_processor(processor).build();
        let logger = provider.logger("bench");
        Self { provider, logger }
    }
}

impl Contender for Otlp {
    type Event = SdkLogRecord;

    fn event(&self, number: usize) -> SdkLogRecord {
        let sale = Sale::of(number);
        let unit_price = sale.unit_price_text();
        let mut record = self.logger.create_log_record();
        record.set_event_name("purchase");
        record.set_severity_number(Severity::Info);
        record.set_timestamp(SystemTime::now());
        record.add_attribute("customer_id", sale.customer);
        record.add_attributes([
            ("kind", sale.kind),
            ("currency", sale.currency),
            ("channel", sale.channel),
            ("country", sale.country),
        ]);
        record.add_attribute("sku", sale.sku);
        record.add_attribute("unit_price", unit_price);
        record.add_attribute("quantity", i64::from(sale.quantity));
        record
    }

    fn call(&self, record: SdkLogRecord) {
        self.logger.emit(record);
    }

    fn flush(&self, timeout: Duration) {
        // A single flush gives up after five seconds, whatever is left.
        let until = Instant::now() + timeout;
        while self.provider.force_flush().is_err() && Instant::now() < until {}
    }

    fn finish(self) {
        if let Err(error) = self.provider.shutdown() {
            eprintln!("opentelemetry: {error}");
        }
    }
}
