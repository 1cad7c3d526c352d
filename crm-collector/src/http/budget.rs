//! The budget of bytes over all request bodies that are being read, decompressed or parsed.
//!
//! A body needs no room for its first few bytes, and up to 64 KiB it has room for what has arrived
//! and a step ahead, whatever it announced. Only then does it take all that it will need, which no
//! slow sender comes to. Bodies of strangers, small bodies, large ones and decompressing have each
//! memory of their own, and nobody waits for one who waits for them.

use std::sync::Arc;
use std::time::Duration;

use crm_models::{Code, limits};

use super::pool::{Full, Holder, Owner, Pool, Room};
use super::{ApiError, ApiResult};

/// How long a body waits for room.
const WAIT: Duration = Duration::from_secs(2);
const MIB: usize = 1024 * 1024;
/// The smallest budget, in MiB: half of what is for large bodies is one of the largest, and it can
/// be decompressed.
pub(super) const LEAST_MIB: u32 = 16;
/// What needs no room, for the connection has as much anyway.
const FREE: usize = 4 * 1024;
/// Up to here a body has room for what has arrived; what is larger takes room for all of it.
pub(super) const SMALL_BYTES: usize = 64 * 1024;

/// The budget, shared by all requests.
#[derive(Clone)]
pub struct Budget(Arc<Pools>);

struct Pools {
    strangers: Pool,
    small: Pool,
    large: Pool,
    unpacking: Pool,
}

/// Room for a body that arrives. It grows with the body, and is given back when this is dropped.
pub(super) struct Incoming {
    budget: Budget,
    holder: Holder,
    /// Bytes that the body has at the most.
    most: usize,
    /// Bytes that there is room for.
    covered: usize,
    rooms: Vec<Room>,
}

impl Budget {
    /// A budget of so many MiB, at least 16.
    pub fn new(mib: u32) -> Self {
        Self::with_wait(mib, WAIT)
    }

    fn with_wait(mib: u32, wait: Duration) -> Self {
        let eighth = mib.max(LEAST_MIB) as usize * MIB / 8;
        let unpacking = 2 * eighth;
        Self(Arc::new(Pools {
            strangers: Pool::new(eighth / 4, SMALL_BYTES, wait),
            small: Pool::new(eighth / 4 * 3, SMALL_BYTES, wait),
            large: Pool::new(5 * eighth, limits::BODY_BYTES, wait),
            // Waits for no sender, so one may have all of it.
            unpacking: Pool::new(unpacking, unpacking, wait),
        }))
    }

    /// Room for a body of at most so many bytes, of which none has arrived.
    pub(super) fn incoming(&self, holder: Holder, most: usize) -> Incoming {
        Incoming { budget: self.clone(), holder, most, covered: FREE, rooms: Vec::new() }
    }

    /// Room to decompress a body to at most so many bytes.
    ///
    /// # Errors
    /// `unavailable` when there was none for two seconds.
    pub(super) async fn unpack(&self, holder: Holder, bytes: usize) -> ApiResult<Room> {
        self.0.unpacking.take(holder, bytes).await.map_err(|Full| full())
    }
}

impl Incoming {
    /// How many bytes there is room for.
    pub(super) fn covered(&self) -> usize {
        self.covered
    }

    /// Makes room for what has arrived in all.
    ///
    /// # Errors
    /// `unavailable` when there was none for two seconds.
    pub(super) async fn grow(&mut self, arrived: usize) -> ApiResult<()> {
        if arrived <= self.covered {
            return Ok(());
        }
        let pools = &*self.budget.0;
        if arrived > SMALL_BYTES {
            let whole = pools.large.take(self.holder, self.most).await.map_err(|Full| full())?;
            self.rooms = vec![whole];
            self.covered = self.most;
            return Ok(());
        }
        let covered = arrived.next_power_of_two().min(SMALL_BYTES);
        let stranger = matches!(self.holder.wide, Owner::Network(_));
        let pool = if stranger { &pools.strangers } else { &pools.small };
        let step = pool.take(self.holder, covered - self.covered).await;
        self.rooms.push(step.map_err(|Full| full())?);
        self.covered = covered;
        Ok(())
    }

    /// The room of a body that has arrived, without what a large one did not need.
    pub(super) fn arrived(mut self, bytes: usize) -> Vec<Room> {
        if bytes > SMALL_BYTES {
            self.rooms.iter_mut().for_each(|whole| whole.shrink(bytes));
        }
        self.rooms
    }
}

fn full() -> ApiError {
    let detail = "more is being sent than there is memory for at once; try again";
    ApiError::new(Code::Unavailable, detail).retry_after_s(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{KeyId, WorkspaceId};

    const KIB: usize = 1024;
    const LARGEST: usize = limits::BODY_BYTES;

    /// Ten MiB for large bodies, one and a half for small ones.
    fn budget() -> Budget {
        Budget::with_wait(16, Duration::from_millis(20))
    }

    fn sender(workspace: i32, key: i64) -> Holder {
        let wide = Owner::Workspace(WorkspaceId(workspace));
        Holder { wide, narrow: Some(Owner::Key(KeyId(key))) }
    }

    async fn arrived(budget: &Budget, holder: Holder, bytes: usize) -> ApiResult<Incoming> {
        let mut incoming = budget.incoming(holder, LARGEST);
        incoming.grow(bytes).await?;
        Ok(incoming)
    }

    #[tokio::test]
    async fn what_is_announced_and_has_not_arrived_takes_nothing_of_others() {
        let budget = budget();
        let mut slow = Vec::new();
        for _ in 0..64 {
            slow.push(arrived(&budget, sender(1, 1), FREE).await.unwrap());
        }
        assert_eq!(budget.0.small.free(), 3 * MIB / 2);
        slow.push(arrived(&budget, sender(1, 1), 5 * KIB).await.unwrap());
        assert_eq!(budget.0.small.free(), 3 * MIB / 2 - 4 * KIB, "a step ahead");
        assert_eq!(budget.0.large.free(), 10 * MIB);
    }

    #[tokio::test]
    async fn a_large_body_takes_all_it_needs_and_gives_its_first_steps_back() {
        let budget = budget();
        let mut large = budget.incoming(sender(1, 1), LARGEST);
        for bytes in [5 * KIB, 20 * KIB, SMALL_BYTES] {
            large.grow(bytes).await.unwrap();
        }
        assert_eq!(budget.0.small.free(), 3 * MIB / 2 - SMALL_BYTES + FREE);
        large.grow(SMALL_BYTES + 1).await.unwrap();
        assert_eq!((budget.0.small.free(), large.covered()), (3 * MIB / 2, LARGEST));
        let whole = large.arrived(MIB);
        assert_eq!(budget.0.large.free(), 9 * MIB);
        drop(whole);
        assert_eq!(budget.0.large.free(), 10 * MIB);
    }

    #[tokio::test]
    async fn a_workspace_leaves_half_to_others_and_large_bodies_leave_room_for_small_ones() {
        let budget = budget();
        let _held = arrived(&budget, sender(1, 1), MIB).await.unwrap();
        let refused = arrived(&budget, sender(1, 2), MIB).await.err().unwrap();
        assert_eq!(refused.code(), Code::Unavailable);
        assert!(arrived(&budget, sender(1, 2), SMALL_BYTES).await.is_ok());
        assert!(arrived(&budget, sender(2, 3), MIB).await.is_ok());
    }

    #[tokio::test]
    async fn strangers_take_only_what_is_for_strangers_and_an_address_half_of_it() {
        let budget = budget();
        let from = |last: u8| Holder::stranger(Some([192, 0, 2, last].into()));
        let mut held = Vec::new();
        while let Ok(body) = arrived(&budget, from(1), 16 * KIB).await {
            held.push(body);
        }
        assert_eq!(held.len(), 256 / 12);
        assert!(arrived(&budget, from(1), FREE).await.is_ok());
        assert!(arrived(&budget, from(2), 16 * KIB).await.is_ok());
        assert_eq!(budget.0.small.free(), 3 * MIB / 2);
    }

    #[tokio::test]
    async fn decompressing_has_room_of_its_own() {
        let budget = budget();
        let _reading = arrived(&budget, sender(1, 1), MIB).await.unwrap();
        let unpacking = budget.unpack(sender(1, 1), LARGEST).await.unwrap();
        let refused = budget.unpack(sender(2, 2), 1).await.err().unwrap();
        assert_eq!(refused.code(), Code::Unavailable);
        drop(unpacking);
        assert!(budget.unpack(sender(2, 2), LARGEST).await.is_ok());
    }
}
