//! What was done in a run of the simulation, and how often it has to have been done.

/// What was done, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) steps: u64,
    pub(super) groups: u64,
    pub(super) events: u64,
    pub(super) prepared: u64,
    pub(super) snapshots: u64,
    pub(super) held: u64,
    pub(super) compared: u64,
    pub(super) reported: u64,
    pub(super) kills: u64,
    pub(super) stops: u64,
    /// Moves to another time zone, and those of them that came between a fold and its writing.
    pub(super) zones: u64,
    pub(super) overtaken: u64,
    pub(super) answered: u64,
    pub(super) kept: u64,
    pub(super) joined: u64,
    pub(super) left: u64,
    pub(super) cancelled: u64,
    pub(super) refused: u64,
    pub(super) longest_ms: u64,
    pub(super) wal_bytes: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.groups += other.groups;
        self.events += other.events;
        self.prepared += other.prepared;
        self.snapshots += other.snapshots;
        self.held += other.held;
        self.compared += other.compared;
        self.reported += other.reported;
        self.kills += other.kills;
        self.stops += other.stops;
        self.zones += other.zones;
        self.overtaken += other.overtaken;
        self.answered += other.answered;
        self.kept += other.kept;
        self.joined += other.joined;
        self.left += other.left;
        self.cancelled += other.cancelled;
        self.refused += other.refused;
        self.longest_ms = self.longest_ms.max(other.longest_ms);
        self.wal_bytes = self.wal_bytes.max(other.wal_bytes);
    }

    /// What happened how often, and has to have happened how often at least.
    pub(super) fn counts(&self) -> [(&'static str, u64, u64); 16] {
        [
            ("groups", self.groups, 5_000),
            ("events", self.events, 50_000),
            ("folds and merges", self.prepared, 500),
            ("snapshots", self.snapshots, 5_000),
            ("moments in which readers were held", self.held, 50),
            ("figures compared", self.compared, 100),
            ("times that reports were compared", self.reported, 50),
            ("kills", self.kills, 10),
            ("stops", self.stops, 5),
            ("moves to another time zone", self.zones, 50),
            ("first folds that such a move overtook", self.overtaken, 20),
            ("answers to who waited", self.answered, 1_000),
            ("kept answers", self.kept, 1_000),
            ("computations joined", self.joined, 1_000),
            ("computations cancelled", self.cancelled, 100),
            ("who left", self.left, 1_000),
        ]
    }
}
