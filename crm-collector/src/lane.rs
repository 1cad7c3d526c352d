//! Threads for what blocks, so many for each kind of work, so that none takes those of another.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Threads for what blocks, over all lanes and whoever has bounds of its own.
pub const THREADS: usize = 64;

/// A kind of work that blocks: so much of it runs at a time, and the rest waits without a thread.
#[derive(Clone)]
pub struct Lane(Arc<Semaphore>);

/// The work broke off, or the collector ended before it ran.
#[derive(Debug, thiserror::Error)]
#[error("what was begun broke off")]
pub struct Broken(#[source] Option<tokio::task::JoinError>);

impl Lane {
    /// For so much at a time.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.max(1))))
    }

    /// Runs what blocks, such as reading the store, when it is its turn.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Broken> {
        let place = self.0.clone().acquire_owned().await.map_err(|_| Broken(None))?;
        let work = move || {
            let done = work();
            // Given back by the thread, not by a request that may have gone away meanwhile.
            drop(place);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Broken(Some(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_full_lane_keeps_its_own_waiting_and_nobody_else() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(2)
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (slow, other) = (Lane::new(1), Lane::new(1));
            let (go, gone) = mpsc::channel::<()>();
            let stuck = tokio::spawn({
                let slow = slow.clone();
                async move { slow.run(move || gone.recv().unwrap()).await }
            });
            tokio::task::yield_now().await;
            let waiting: Vec<_> = (0..8)
                .map(|number| {
                    let slow = slow.clone();
                    tokio::spawn(async move { slow.run(move || number).await.unwrap() })
                })
                .collect();
            // With two threads in all, this would not be answered if those waited on one.
            assert_eq!(other.run(|| 7).await.unwrap(), 7);
            go.send(()).unwrap();
            stuck.await.unwrap().unwrap();
            for (number, waiting) in waiting.into_iter().enumerate() {
                assert_eq!(waiting.await.unwrap(), number);
            }
        });
    }
}
