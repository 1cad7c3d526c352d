//! One budget of bytes over all request bodies that are being read, decompressed or parsed.
//!
//! Two thirds are for reading, which waits for the network: a body takes its room before its first
//! byte is read, and nobody has more than half of it. One third is for decompressing, which waits
//! for nobody. Each takes what it needs at once, so that no two wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::http::Extensions;
use crm_models::{Code, limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ApiError, ApiResult};
use crate::auth::{KeyId, UserId};

/// How long a body waits for room.
const WAIT: Duration = Duration::from_secs(2);
const MIB: usize = 1024 * 1024;
/// The smallest budget, in MiB: one largest body has room beside another's, read and decompressed.
pub(super) const LEAST_MIB: u32 = 12;

/// Who a body comes from, in a request's extensions once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// Whoever has this key.
    Key(KeyId),
    /// Somebody who is logged in.
    User(UserId),
    /// All strangers together.
    Stranger,
}

impl Holder {
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::Stranger)
    }
}

/// The budget, shared by all requests.
#[derive(Clone)]
pub struct Budget(Arc<Shared>);

struct Shared {
    reading: Arc<Semaphore>,
    unpacking: Arc<Semaphore>,
    /// Of those who hold something or wait.
    shares: Mutex<HashMap<Holder, Weak<Semaphore>>>,
    share_bytes: usize,
    wait: Duration,
}

/// Room for a body, given back when this is dropped.
pub(super) struct Room {
    /// Of all and of the sender's share, or of decompressing alone.
    permits: Vec<OwnedSemaphorePermit>,
    of: Option<(Budget, Holder)>,
}

impl Budget {
    /// A budget of so many MiB, at least 12.
    pub fn new(mib: u32) -> Self {
        Self::with_wait(mib, WAIT)
    }

    fn with_wait(mib: u32, wait: Duration) -> Self {
        let bytes = mib.max(LEAST_MIB) as usize * MIB;
        let reading_bytes = bytes / 3 * 2;
        Self(Arc::new(Shared {
            reading: Arc::new(Semaphore::new(reading_bytes)),
            unpacking: Arc::new(Semaphore::new(bytes / 3)),
            shares: Mutex::default(),
            share_bytes: reading_bytes / 2,
            wait,
        }))
    }

    /// Room to read a body of at most so many bytes.
    ///
    /// # Errors
    /// `unavailable` when there was none for two seconds.
    pub(super) async fn read(&self, holder: Holder, bytes: usize) -> ApiResult<Room> {
        let share = self.share(holder);
        // Empty first, so that a share that was only waited for is forgotten too.
        let mut room = Room { permits: Vec::new(), of: Some((self.clone(), holder)) };
        room.permits.push(self.take(share, bytes).await?);
        room.permits.push(self.take(self.0.reading.clone(), bytes).await?);
        Ok(room)
    }

    /// Room to decompress a body to at most so many bytes.
    ///
    /// # Errors
    /// `unavailable` when there was none for two seconds.
    pub(super) async fn unpack(&self, bytes: usize) -> ApiResult<Room> {
        let permit = self.take(self.0.unpacking.clone(), bytes).await?;
        Ok(Room { permits: vec![permit], of: None })
    }

    async fn take(&self, room: Arc<Semaphore>, bytes: usize) -> ApiResult<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes.min(limits::BODY_BYTES)).unwrap_or(u32::MAX);
        match tokio::time::timeout(self.0.wait, room.acquire_many_owned(bytes)).await {
            Ok(taken) => taken.map_err(ApiError::internal),
            Err(_) => {
                let detail = "more is being sent than there is memory for at once; try again";
                Err(ApiError::new(Code::Unavailable, detail).retry_after_s(1))
            }
        }
    }

    fn share(&self, holder: Holder) -> Arc<Semaphore> {
        let mut shares = self.shares();
        if let Some(share) = shares.get(&holder).and_then(Weak::upgrade) {
            return share;
        }
        let share = Arc::new(Semaphore::new(self.0.share_bytes));
        shares.insert(holder, Arc::downgrade(&share));
        share
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Holder, Weak<Semaphore>>> {
        self.0.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// Gives back what turned out not to be needed.
    pub(super) fn shrink(&mut self, bytes: usize) {
        for permit in &mut self.permits {
            drop(permit.num_permits().checked_sub(bytes).and_then(|spare| permit.split(spare)));
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.permits.clear();
        if let Some((budget, holder)) = self.of.take() {
            let mut shares = budget.shares();
            if shares.get(&holder).is_some_and(|share| share.strong_count() == 0) {
                shares.remove(&holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight MiB to read, of which one sender has four; four to decompress.
    fn budget() -> Budget {
        Budget::with_wait(12, Duration::from_millis(20))
    }

    const KEY: Holder = Holder::Key(KeyId(1));

    #[tokio::test]
    async fn one_sender_has_half_and_waits_for_a_bounded_time() {
        let budget = budget();
        let held = budget.read(KEY, 4 * MIB).await.unwrap();
        let refused = budget.read(KEY, 1).await.err().unwrap();
        assert_eq!(refused.code(), Code::Unavailable);
        let other = budget.read(Holder::Stranger, 4 * MIB).await.unwrap();
        assert!(budget.read(Holder::Key(KeyId(2)), 1).await.is_err(), "all of it is held");
        drop(held);
        assert!(budget.read(KEY, 4 * MIB).await.is_ok());
        drop(other);
        assert!(budget.shares().is_empty(), "nobody holds anything");
    }

    #[tokio::test]
    async fn what_is_not_needed_is_given_back() {
        let budget = budget();
        let mut held = budget.read(KEY, 4 * MIB).await.unwrap();
        held.shrink(MIB);
        let second = budget.read(KEY, 3 * MIB).await.unwrap();
        assert!(budget.read(KEY, 1).await.is_err());
        held.shrink(2 * MIB);
        assert!(budget.read(KEY, 1).await.is_err(), "shrinking takes nothing");
        drop((held, second));
        assert_eq!(budget.0.reading.available_permits(), 8 * MIB);
    }

    #[tokio::test]
    async fn decompressing_has_room_of_its_own() {
        let budget = budget();
        let _reading = budget.read(KEY, 4 * MIB).await.unwrap();
        let unpacking = budget.unpack(4 * MIB).await.unwrap();
        assert_eq!(budget.unpack(1).await.err().unwrap().code(), Code::Unavailable);
        drop(unpacking);
        assert!(budget.unpack(4 * MIB).await.is_ok());
    }
}
