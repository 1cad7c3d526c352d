//! A thousand clients in virtual time: what they ask of their collector when they all start
//! again, or all find it back, at the same moment.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crm_models::EventId;
use crm_models::ingest::Verdict;

use super::*;

const CLIENTS: usize = 1_000;
const SECOND: Duration = Duration::from_secs(1);
/// Between two events of one client.
const EVENT_EVERY: Duration = Duration::from_millis(500);
const SETTINGS: Settings = Settings {
    batch_events: 100,
    batch_bytes: 100_000,
    batch_age: SECOND,
    capacity: Capacity { events: 10_000, bytes: 1_000_000 },
    drop_oldest: false,
    set_aside: true,
    retry_initial: Duration::from_millis(500),
    retry_longest: Duration::from_secs(60),
};

/// Numbers uniform in 0..1 that are the same in each run: Marsaglia's xorshift ("Xorshift RNGs",
/// Journal of Statistical Software 8, 2003).
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

struct Client {
    pipeline: Pipeline,
    /// When the events were taken that are on disk and not in the pipeline's window.
    on_disk: VecDeque<Elapsed>,
    next_event: Elapsed,
}

struct Herd {
    clients: Vec<Client>,
    random: Random,
    now: Elapsed,
    spooling: bool,
    collector_is_up: bool,
    /// Requests in each second.
    requests: Vec<usize>,
}

impl Herd {
    fn new(spooling: bool) -> Self {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let client = |_| Client {
            pipeline: Pipeline::new(SETTINGS, random.unit()),
            on_disk: VecDeque::new(),
            next_event: EVENT_EVERY.mul_f64(random.unit()),
        };
        let clients = (0..CLIENTS).map(client).collect();
        let now = Elapsed::ZERO;
        Self { clients, random, now, spooling, collector_is_up: true, requests: Vec::new() }
    }

    /// Lets so much time go by; returns the requests in each second.
    fn run(&mut self, time: Duration) -> Vec<usize> {
        self.requests = vec![0; usize::try_from(time.as_secs()).unwrap()];
        let (start, end) = (self.now, self.now + time);
        let mut turns: BinaryHeap<_> =
            (0..CLIENTS).map(|client| Reverse((self.now, client))).collect();
        while let Some(Reverse((now, client))) = turns.pop()
            && now < end
        {
            self.now = now;
            let second = usize::try_from((now - start).as_secs()).unwrap();
            turns.push(Reverse((self.turn(client, second), client)));
        }
        self.now = end;
        std::mem::take(&mut self.requests)
    }

    /// One step of a client; returns when its next one is.
    fn turn(&mut self, client: usize, second: usize) -> Elapsed {
        let now = self.now;
        let Client { pipeline, on_disk, next_event } = &mut self.clients[client];
        if *next_event <= now {
            *next_event += EVENT_EVERY;
            if self.spooling {
                on_disk.push_back(now);
                pipeline.spooled(1, now);
            } else {
                let event =
                    Encoded { id: EventId::from_bytes([0; 16]), json: vec![b'x'; 50].into() };
                assert!(matches!(pipeline.offer(event, now), Offer::Taken { .. }));
            }
        }
        match pipeline.poll(now) {
            Step::Load { events, .. } => {
                let event = Encoded { id: EventId::from_bytes([0; 16]), json: Default::default() };
                let queued = |queued_at| Queued::on_disk(event.clone(), queued_at);
                pipeline.loaded(on_disk.drain(..events).map(queued).collect(), &[]);
                now
            }
            Step::Send(batch) => {
                self.requests[second] += 1;
                let accepted = batch.events.len() as u64;
                let outcome = if self.collector_is_up {
                    Outcome::Decided(Verdict::of_accepted(accepted))
                } else {
                    Outcome::UNREACHABLE
                };
                let random = self.random.unit();
                pipeline.settle(batch.number, &outcome, now, random);
                now
            }
            Step::Wait(until) => until.map_or(*next_event, |until| until.min(*next_event)),
            Step::Done => panic!("nobody closed the pipeline"),
        }
    }

    /// All processes end and start at the same moment, with so many events more on disk than
    /// they had not sent yet.
    fn restart(&mut self, left_over: usize) {
        for client in &mut self.clients {
            client.pipeline = Pipeline::new(SETTINGS, self.random.unit());
            client.on_disk.extend(std::iter::repeat_n(self.now, left_over));
            let on_disk = client.on_disk.len();
            client.pipeline.recovered(on_disk, self.now, self.now, self.random.unit());
        }
    }

    fn queued(&self) -> usize {
        self.clients.iter().map(|client| client.pipeline.stats(self.now).queued).sum()
    }
}

/// Requests a second once everybody has settled down.
fn steady(herd: &mut Herd) -> usize {
    let seconds = herd.run(60 * SECOND);
    let settled = &seconds[10..];
    settled.iter().sum::<usize>() / settled.len()
}

fn assert_twice_at_most(seconds: &[usize], steady: usize) {
    let most = seconds.iter().max().unwrap();
    assert!(*most <= 2 * steady, "{most} requests in a second, {steady} when steady: {seconds:?}");
}

#[test]
fn a_thousand_clients_that_restart_together_stay_below_twice_their_steady_load() {
    let mut herd = Herd::new(true);
    let steady = steady(&mut herd);
    herd.restart(0);
    assert_twice_at_most(&herd.run(60 * SECOND), steady);

    // After five minutes in which nothing could be sent.
    herd.restart(600);
    assert_twice_at_most(&herd.run(120 * SECOND), steady);
    assert!(herd.queued() < 4 * CLIENTS, "{} events are left", herd.queued());
}

#[test]
fn a_thousand_clients_whose_collector_comes_back_stay_below_twice_their_steady_load() {
    let mut herd = Herd::new(false);
    let steady = steady(&mut herd);
    herd.collector_is_up = false;
    // The first failure of each is one it could not foresee.
    assert_twice_at_most(&herd.run(300 * SECOND)[5..], steady);
    herd.collector_is_up = true;
    assert_twice_at_most(&herd.run(180 * SECOND), steady);
    assert!(herd.queued() < 4 * CLIENTS, "{} events are left", herd.queued());
}
