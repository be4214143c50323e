//! The time of each call to AWS, taken from the spans in which the AWS SDK wraps its calls. So the functions are measured
//! as they are, with nothing between them and the engine.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Services as the SDK calls them.
const SERVICES: [&str; 3] = ["DynamoDB", "DynamoDB Streams", "SNS"];

/// A call that has ended.
#[derive(Clone, Copy)]
pub struct Call {
    /// As the SDK calls it: `DynamoDB.GetItem`.
    pub name: &'static str,
    /// From the first byte that is written down to the last that is read, new tries included.
    pub took: Duration,
}

impl Call {
    pub fn service(&self) -> &'static str {
        service(self.name)
    }
}

/// Collects the calls of the whole process. Clones collect together.
#[derive(Clone, Default)]
pub struct Spans(Arc<Mutex<Vec<Call>>>);

impl Spans {
    /// Begins to collect.
    pub fn install() -> Self {
        let spans = Self::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
        spans
    }

    /// The calls that ended since the last time.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls())
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().expect("nobody panics while it holds the lock")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_call(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        is_call(metadata)
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Instant::now());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(begin) = span.extensions().get::<Instant>() {
            self.calls().push(Call { name: span.name(), took: begin.elapsed() });
        }
    }
}

fn is_call(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && SERVICES.contains(&service(metadata.name()))
}

fn service(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}
