//! Whose turn it is to compute: so many at once, and a bounded queue before them in which turns go
//! round among the workspaces.

use std::collections::{BTreeMap, VecDeque};

use crate::store::WorkspaceId;

/// Computed at the same time at the most.
pub(super) const AT_ONCE: usize = 4;
/// Of these, those of one workspace: another always finds a place soon.
pub(super) const AT_ONCE_OF_ONE: usize = 3;
/// Waiting at the most, of one workspace and of all.
pub(super) const WAITING_OF_ONE: usize = 32;
const WAITING: usize = 256;

/// What waits, and how many compute.
pub(super) struct Turns<T> {
    /// The workspace whose turn is next first; those of a workspace in the order they came.
    waiting: VecDeque<(WorkspaceId, VecDeque<T>)>,
    running: BTreeMap<WorkspaceId, usize>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), running: BTreeMap::new() }
    }
}

impl<T> Turns<T> {
    /// How many wait and compute.
    pub(super) fn len(&self) -> usize {
        let waiting: usize = self.waiting.iter().map(|(_, queue)| queue.len()).sum();
        waiting + self.running.values().sum::<usize>()
    }

    /// Joins the queue, unless that is full.
    pub(super) fn join(&mut self, workspace: WorkspaceId, what: T) -> Result<(), T> {
        let all: usize = self.waiting.iter().map(|(_, queue)| queue.len()).sum();
        let own = self.waiting.iter_mut().find(|(whose, _)| *whose == workspace);
        match own {
            _ if all >= WAITING => return Err(what),
            Some((_, queue)) if queue.len() >= WAITING_OF_ONE => return Err(what),
            Some((_, queue)) => queue.push_back(what),
            None => self.waiting.push_back((workspace, VecDeque::from([what]))),
        }
        Ok(())
    }

    /// Takes the next one that fits out, if there is a place for it: of the workspaces that compute
    /// least, the one that has waited longest for its turn. [`Self::end`] gives the place back.
    pub(super) fn next(&mut self, fits: impl Fn(&T) -> bool) -> Option<(WorkspaceId, T)> {
        if self.running.values().sum::<usize>() >= AT_ONCE {
            return None;
        }
        let running = |workspace: &WorkspaceId| self.running.get(workspace).copied().unwrap_or(0);
        let places = self.waiting.iter().enumerate();
        let (place, _) = places
            .filter(|(_, (_, queue))| queue.iter().any(&fits))
            .map(|(place, (workspace, _))| (place, running(workspace)))
            .filter(|(_, running)| *running < AT_ONCE_OF_ONE)
            .min_by_key(|(_, running)| *running)?;
        let (workspace, mut queue) = self.waiting.remove(place)?;
        let next = queue.iter().position(fits).and_then(|place| queue.remove(place))?;
        if !queue.is_empty() {
            self.waiting.push_back((workspace, queue));
        }
        *self.running.entry(workspace).or_default() += 1;
        Some((workspace, next))
    }

    /// One of a workspace has ended.
    pub(super) fn end(&mut self, workspace: WorkspaceId) {
        if let Some(running) = self.running.get_mut(&workspace) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&workspace);
            }
        }
    }

    /// Takes those out that are not to wait any longer.
    pub(super) fn take_out(&mut self, mut is_over: impl FnMut(&T) -> bool) -> Vec<T> {
        let mut out = Vec::new();
        for (_, queue) in &mut self.waiting {
            let (over, kept) = queue.drain(..).partition::<VecDeque<_>, _>(|one| is_over(one));
            out.extend(over);
            *queue = kept;
        }
        self.waiting.retain(|(_, queue)| !queue.is_empty());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: WorkspaceId = WorkspaceId(1);
    const BOB: WorkspaceId = WorkspaceId(2);
    const EVE: WorkspaceId = WorkspaceId(3);

    fn next(turns: &mut Turns<u32>) -> Option<(i64, u32)> {
        turns.next(|_| true).map(|(workspace, what)| (workspace.0.into(), what))
    }

    #[test]
    fn no_more_than_four_compute_and_no_more_than_three_of_one_workspace() {
        let mut turns = Turns::default();
        for what in 0..5 {
            turns.join(ADA, what).unwrap();
        }
        assert_eq!(next(&mut turns), Some((1, 0)));
        assert_eq!(next(&mut turns), Some((1, 1)));
        assert_eq!(next(&mut turns), Some((1, 2)));
        assert_eq!(next(&mut turns), None);
        turns.join(BOB, 10).unwrap();
        turns.join(BOB, 11).unwrap();
        assert_eq!(next(&mut turns), Some((2, 10)));
        assert_eq!(next(&mut turns), None);
        turns.end(ADA);
        // Who computes least goes first.
        assert_eq!(next(&mut turns), Some((2, 11)));
        turns.end(BOB);
        turns.end(BOB);
        assert_eq!(next(&mut turns), Some((1, 3)));
        assert_eq!(next(&mut turns), None);
    }

    #[test]
    fn what_does_not_fit_lets_others_pass_and_keeps_its_place() {
        let mut turns = Turns::default();
        for what in [1, 2, 3] {
            turns.join(ADA, what).unwrap();
        }
        turns.join(BOB, 5).unwrap();
        let mut even = |fits: fn(&u32) -> bool| turns.next(fits).map(|(_, what)| what);
        assert_eq!(even(|what| what % 2 == 0), Some(2));
        assert_eq!(even(|what| what % 2 == 0), None);
        assert_eq!([even(|_| true), even(|_| true), even(|_| true)], [Some(5), Some(1), Some(3)]);
    }

    #[test]
    fn turns_go_round_among_the_workspaces() {
        let mut turns = Turns::default();
        for what in 0..4 {
            turns.join(ADA, what).unwrap();
        }
        for what in 10..12 {
            turns.join(BOB, what).unwrap();
        }
        turns.join(EVE, 20).unwrap();
        let mut order = Vec::new();
        while let Some((workspace, what)) = turns.next(|_| true) {
            order.push(what);
            turns.end(workspace);
        }
        assert_eq!(order, [0, 10, 20, 1, 11, 2, 3]);
    }

    #[test]
    fn a_full_queue_of_one_workspace_leaves_room_for_others() {
        let mut turns = Turns::default();
        let most = u32::try_from(WAITING_OF_ONE).unwrap();
        for what in 0..most {
            turns.join(ADA, what).unwrap();
        }
        assert_eq!(turns.join(ADA, most), Err(most));
        assert_eq!(turns.join(BOB, 1), Ok(()));
        assert_eq!(turns.take_out(|what| *what != 3).len(), WAITING_OF_ONE);
        assert_eq!(turns.join(ADA, most), Ok(()));
        assert_eq!((next(&mut turns), next(&mut turns)), (Some((1, 3)), Some((1, most))));
        assert_eq!(next(&mut turns), None);
    }

    #[test]
    fn a_full_queue_of_all_is_told_whoever_comes_and_has_room_again() {
        let mut turns = Turns::default();
        let workspaces = i32::try_from(WAITING / WAITING_OF_ONE).unwrap();
        let each = u32::try_from(WAITING_OF_ONE).unwrap();
        for workspace in 1..=workspaces {
            for what in 0..each {
                assert_eq!(turns.join(WorkspaceId(workspace), what), Ok(()));
            }
        }
        let late = WorkspaceId(workspaces + 1);
        assert_eq!((turns.len(), turns.join(late, 7)), (WAITING, Err(7)));
        assert!(turns.next(|_| true).is_some());
        assert_eq!((turns.join(late, 7), turns.join(late, 8)), (Ok(()), Err(8)));
    }
}
