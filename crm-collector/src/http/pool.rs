//! Memory, or turns, that many share: so many units in all, half of them at the most for one
//! workspace or one address, and a quarter for one key or person, so that nobody has all of it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crm_models::KeyKind;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::places::network;
use crate::auth::{Access, Actor, KeyId, UserId, WorkspaceId};

/// Who has a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Owner {
    /// Everybody who works in it.
    Workspace(WorkspaceId),
    /// All browser keys of a workspace, for they stand in pages for everybody to read.
    Pages(WorkspaceId),
    /// Whoever has this key.
    Key(KeyId),
    /// Somebody who is logged in.
    User(UserId),
    /// Strangers from one address, or from one network; from nowhere, where it is not known.
    Network(Option<IpAddr>),
}

/// Who takes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Holder {
    /// Who has half at the most.
    pub(super) wide: Owner,
    /// Who has a quarter at the most.
    pub(super) narrow: Option<Owner>,
}

impl Holder {
    /// A stranger, by their address.
    pub(super) fn stranger(address: Option<IpAddr>) -> Self {
        Self { wide: Owner::Network(address.map(network)), narrow: None }
    }

    /// Whoever is at work in a workspace.
    pub(super) fn known(workspace: WorkspaceId, actor: &Actor) -> Self {
        let narrow = match actor {
            Actor::Key(key) => Some(match key.kind {
                KeyKind::Browser => Owner::Pages(workspace),
                KeyKind::Server => Owner::Key(key.id),
            }),
            Actor::User { id, .. } => Some(Owner::User(*id)),
            Actor::CommandLine | Actor::Collector => None,
        };
        Self { wide: Owner::Workspace(workspace), narrow }
    }
}

impl<R> From<&Access<R>> for Holder {
    fn from(access: &Access<R>) -> Self {
        Self::known(access.workspace(), access.actor())
    }
}

/// What is shared.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    all: Arc<Semaphore>,
    units: usize,
    /// No share is smaller than what one may need.
    least_share: usize,
    /// Of those who hold something or wait.
    shares: Mutex<HashMap<Owner, Weak<Semaphore>>>,
    wait: Duration,
}

/// There was no room for as long as one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// What somebody has of a pool, given back when this is dropped.
pub(super) struct Room {
    /// Of the holder's shares, then of all.
    permits: Vec<OwnedSemaphorePermit>,
    of: (Pool, Holder),
}

impl Pool {
    /// So many units, shares of which are no smaller than `least_share`. Whoever finds none waits
    /// for `wait` at the most.
    pub(super) fn new(units: usize, least_share: usize, wait: Duration) -> Self {
        Self(Arc::new(Inner {
            all: Arc::new(Semaphore::new(units)),
            units,
            least_share: least_share.min(units),
            shares: Mutex::default(),
            wait,
        }))
    }

    /// Nothing yet, to be added to.
    pub(super) fn nothing(&self, holder: Holder) -> Room {
        Room { permits: Vec::new(), of: (self.clone(), holder) }
    }

    /// So many units, once they are there. Who needs more than all of their share takes all of it.
    pub(super) async fn take(&self, holder: Holder, units: usize) -> Result<Room, Full> {
        // Empty first, so that a share that was only waited for is forgotten too.
        let mut room = self.nothing(holder);
        let taking = async {
            for (semaphore, most) in self.shares_of(holder) {
                let permit = semaphore.acquire_many_owned(permits(units.min(most))).await;
                room.permits.push(permit.map_err(|_| Full)?);
            }
            Ok(())
        };
        tokio::time::timeout(self.0.wait, taking).await.unwrap_or(Err(Full))?;
        Ok(room)
    }

    /// So many units, if they are there now.
    pub(super) fn try_take(&self, holder: Holder, units: usize) -> Result<Room, Full> {
        let mut room = self.nothing(holder);
        for (semaphore, most) in self.shares_of(holder) {
            let permit = semaphore.try_acquire_many_owned(permits(units.min(most)));
            room.permits.push(permit.map_err(|_| Full)?);
        }
        Ok(room)
    }

    /// Where a holder takes from, the narrowest first, each with what it has at the most.
    fn shares_of(&self, holder: Holder) -> Vec<(Arc<Semaphore>, usize)> {
        let Inner { all, units, least_share, .. } = &*self.0;
        let narrow = holder.narrow.map(|owner| (owner, (units / 4).max(*least_share)));
        let owners = narrow.into_iter().chain([(holder.wide, (units / 2).max(*least_share))]);
        let mut shares = self.shares();
        let mut found: Vec<_> = owners
            .map(|(owner, most)| {
                let share = shares.get(&owner).and_then(Weak::upgrade).unwrap_or_else(|| {
                    let share = Arc::new(Semaphore::new(most));
                    shares.insert(owner, Arc::downgrade(&share));
                    share
                });
                (share, most)
            })
            .collect();
        found.push((all.clone(), *units));
        found
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Owner, Weak<Semaphore>>> {
        self.0.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Units that nobody has.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.0.all.available_permits()
    }

    /// How many are remembered for what they hold.
    #[cfg(test)]
    pub(super) fn holders(&self) -> usize {
        self.shares().len()
    }
}

fn permits(units: usize) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}

impl Room {
    /// So many units, or what there is left, as a room of its own.
    pub(super) fn split(&mut self, units: usize) -> Self {
        let split =
            |permit: &mut OwnedSemaphorePermit| permit.split(units.min(permit.num_permits()));
        let permits = self.permits.iter_mut().filter_map(split).collect();
        Self { permits, of: self.of.clone() }
    }

    /// Gives back what turned out not to be needed.
    pub(super) fn shrink(&mut self, units: usize) {
        for permit in &mut self.permits {
            drop(permit.num_permits().checked_sub(units).and_then(|spare| permit.split(spare)));
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.permits.clear();
        let (pool, holder) = &self.of;
        let mut shares = pool.shares();
        for owner in [Some(holder.wide), holder.narrow].into_iter().flatten() {
            if shares.get(&owner).is_some_and(|share| share.strong_count() == 0) {
                shares.remove(&owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool {
        Pool::new(8, 1, Duration::from_millis(20))
    }

    fn key(number: i32) -> Holder {
        let wide = Owner::Workspace(WorkspaceId(number / 10));
        Holder { wide, narrow: Some(Owner::Key(KeyId(number.into()))) }
    }

    #[tokio::test]
    async fn a_workspace_has_half_and_each_of_its_keys_a_quarter() {
        let pool = pool();
        let first = pool.take(key(1), 2).await.unwrap();
        assert_eq!(pool.try_take(key(1), 1).err(), Some(Full));
        let second = pool.take(key(2), 2).await.unwrap();
        assert_eq!(pool.take(key(3), 1).await.err(), Some(Full));
        let others = [pool.take(key(11), 2).await.unwrap(), pool.take(key(12), 2).await.unwrap()];
        assert_eq!(pool.take(key(21), 1).await.err(), Some(Full), "all of it is held");
        drop(second);
        assert!(pool.try_take(key(3), 2).is_ok());
        drop((first, others));
        assert_eq!((pool.free(), pool.holders()), (8, 0), "nobody holds anything");
    }

    #[tokio::test]
    async fn the_addresses_of_a_network_have_one_share() {
        let pool = pool();
        let from = |text: &str| Holder::stranger(Some(text.parse().unwrap()));
        let _held = pool.take(from("2001:db8::1"), 4).await.unwrap();
        assert_eq!(pool.try_take(from("2001:db8::2"), 1).err(), Some(Full));
        assert!(pool.try_take(from("192.0.2.1"), 4).is_ok());
    }

    #[tokio::test]
    async fn what_is_split_off_is_given_back_by_itself() {
        let pool = pool();
        let mut room = pool.take(key(1), 2).await.unwrap();
        drop(room.split(1));
        assert_eq!(pool.free(), 7);
        drop(room.split(5));
        assert_eq!(pool.free(), 8);
        drop(room);
        assert_eq!(pool.holders(), 0);
    }

    #[tokio::test]
    async fn what_is_not_needed_is_given_back() {
        let pool = pool();
        let mut room = pool.take(key(1), 2).await.unwrap();
        room.shrink(1);
        room.shrink(2);
        assert_eq!(pool.free(), 7, "shrinking takes nothing");
    }

    #[tokio::test]
    async fn who_needs_more_than_a_share_takes_all_of_it() {
        let pool = pool();
        let room = pool.take(key(1), 100).await.unwrap();
        assert_eq!(pool.free(), 0);
        assert_eq!(pool.try_take(key(2), 1).err(), Some(Full));
        drop(room);
        assert_eq!(pool.free(), 8);
    }
}
