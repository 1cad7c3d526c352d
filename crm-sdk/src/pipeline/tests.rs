//! The state machine, step by step.

use crm_models::ingest::Verdict;
use crm_models::{Code, EventId, Problem};

use super::*;
use crate::stats::Failure;

const SECOND: Duration = Duration::from_secs(1);
const SETTINGS: Settings = Settings {
    batch_events: 3,
    batch_bytes: 1_000,
    batch_age: SECOND,
    capacity: Capacity { events: 10, bytes: 10_000 },
    drop_oldest: false,
    set_aside: true,
    retry_initial: SECOND,
    retry_longest: Duration::from_secs(60),
};

const NOTHING: Unsent = Unsent { events: 0, in_flight: 0, on_disk: 0 };

/// The largest random number: pauses are as long as they can be.
const LONGEST: f64 = 1.0;

fn at(seconds: u64) -> Elapsed {
    Duration::from_secs(seconds)
}

fn event(number: u8) -> Encoded {
    sized_event(number, 10)
}

fn sized_event(number: u8, bytes: usize) -> Encoded {
    Encoded { id: EventId::from_bytes([number; 16]), json: vec![b'x'; bytes].into() }
}

fn filled(settings: Settings, events: u8) -> Pipeline {
    let mut pipeline = Pipeline::new(settings, 1.0);
    for number in 0..events {
        assert!(matches!(pipeline.offer(event(number), at(0)), Offer::Taken { .. }));
    }
    pipeline
}

/// The numbers of the events that are to be sent now.
fn sent(pipeline: &mut Pipeline, now: Elapsed) -> (u64, Vec<u8>) {
    match pipeline.poll(now) {
        Step::Send(batch) => {
            let numbers = batch.events.iter().map(|queued| queued.event.id.as_bytes()[0]).collect();
            (batch.number, numbers)
        }
        other => panic!("nothing is sent, but {other:?}"),
    }
}

fn waits(pipeline: &mut Pipeline, now: Elapsed) -> Option<Elapsed> {
    match pipeline.poll(now) {
        Step::Wait(until) => until,
        other => panic!("{other:?}"),
    }
}

fn accepted(events: u64) -> Outcome {
    Outcome::Decided(Verdict::of_accepted(events))
}

fn unavailable(after: Option<Duration>) -> Outcome {
    Outcome::Retry { failure: Failure::Unavailable { status: 503 }, after }
}

fn malformed() -> Outcome {
    Outcome::Split(Refusal::Malformed(Problem::new(Code::MalformedJson, "")))
}

#[test]
fn a_batch_is_due_when_it_is_full_or_its_oldest_event_is_old_enough() {
    let mut pipeline = filled(SETTINGS, 2);
    assert_eq!(waits(&mut pipeline, at(0)), Some(SECOND));
    assert!(matches!(pipeline.offer(event(2), at(0)), Offer::Taken { wake: true }));
    assert_eq!(sent(&mut pipeline, at(0)).1, [0, 1, 2]);

    let mut pipeline = filled(SETTINGS, 2);
    assert_eq!(sent(&mut pipeline, at(1)).1, [0, 1]);
}

#[test]
fn a_batch_is_due_when_its_bytes_are_enough() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    pipeline.offer(sized_event(0, 500), at(0));
    assert_eq!(waits(&mut pipeline, at(0)), Some(SECOND));
    pipeline.offer(sized_event(1, 500), at(0));
    assert_eq!(sent(&mut pipeline, at(0)).1, [0]);
}

#[test]
fn the_driver_is_woken_only_when_it_would_sleep_too_long() {
    let taken = |pipeline: &mut Pipeline, number| match pipeline.offer(event(number), at(0)) {
        Offer::Taken { wake } => wake,
        other => panic!("{other:?}"),
    };
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    assert_eq!(waits(&mut pipeline, at(0)), None);
    let wakes: Vec<_> = (0..5).map(|number| taken(&mut pipeline, number)).collect();
    assert_eq!(wakes, [true, false, true, false, false], "the first event, and a full batch");
    let (batch, _) = sent(&mut pipeline, at(0));
    assert!(!taken(&mut pipeline, 5), "a driver that awaits an answer asks again by itself");
    pipeline.settle(batch, &unavailable(None), at(0), LONGEST);
    assert_eq!(waits(&mut pipeline, at(0)), Some(SECOND));
    assert!(!taken(&mut pipeline, 6), "during a pause nothing is due");
}

#[test]
fn what_failed_is_sent_again_as_it_was_after_growing_pauses() {
    let mut pipeline = filled(SETTINGS, 5);
    let mut now = at(0);
    for pause in [1, 2, 4, 8] {
        let (batch, numbers) = sent(&mut pipeline, now);
        assert_eq!(numbers, [0, 1, 2]);
        pipeline.settle(batch, &Outcome::UNREACHABLE, now, LONGEST);
        assert_eq!(waits(&mut pipeline, now), Some(now + at(pause)));
        now += at(pause);
    }
    let (batch, _) = sent(&mut pipeline, now);
    pipeline.settle(batch, &accepted(3), now, LONGEST);
    assert_eq!(sent(&mut pipeline, now).1, [3, 4]);
    assert_eq!((pipeline.stats(now).retries, pipeline.losses().total()), (4, 0));
}

#[test]
fn a_pause_that_was_asked_for_is_kept_even_in_a_flush() {
    let mut pipeline = filled(SETTINGS, 1);
    let target = pipeline.flush(at(100));
    let (batch, _) = sent(&mut pipeline, at(0));
    pipeline.settle(batch, &unavailable(Some(at(30))), at(0), 0.0);
    assert_eq!(waits(&mut pipeline, at(0)), Some(at(30)));
    assert_eq!(pipeline.unsent_below(target), Unsent { events: 1, ..NOTHING });
}

#[test]
fn clients_that_were_asked_to_wait_equally_long_come_back_at_different_times() {
    let comes_back = |random| {
        let mut pipeline = filled(SETTINGS, 1);
        let (batch, _) = sent(&mut pipeline, at(1));
        pipeline.settle(batch, &unavailable(Some(at(30))), at(1), random);
        waits(&mut pipeline, at(1))
    };
    assert_eq!(comes_back(0.0), Some(at(31)));
    assert_eq!(comes_back(0.5), Some(at(31) + SECOND / 2));
    assert_eq!(comes_back(1.0), Some(at(32)));
}

#[test]
fn a_slow_repetition_is_never_earlier_than_the_other_side_asked() {
    let comes_back = |after| {
        let mut pipeline = filled(SETTINGS, 1);
        let (batch, _) = sent(&mut pipeline, at(1));
        let failure = Failure::KeyRefused { status: 403 };
        let outcome = Outcome::RetrySlowly { failure, after: Some(after) };
        pipeline.settle(batch, &outcome, at(1), 0.0);
        waits(&mut pipeline, at(1))
    };
    assert_eq!(comes_back(at(600)), Some(at(601)));
    assert_eq!(comes_back(at(5)), Some(at(31)), "nor than half of our own longest pause");
}

#[test]
fn a_flush_cuts_our_own_pauses_short_but_only_while_it_lasts() {
    let mut pipeline = filled(SETTINGS, 1);
    let mut now = at(1);
    for _ in 0..10 {
        let (batch, _) = sent(&mut pipeline, now);
        pipeline.settle(batch, &Outcome::UNREACHABLE, now, LONGEST);
        now = waits(&mut pipeline, now).unwrap();
    }
    let (batch, _) = sent(&mut pipeline, now);
    pipeline.settle(batch, &Outcome::UNREACHABLE, now, LONGEST);
    assert_eq!(waits(&mut pipeline, now), Some(now + at(60)));
    pipeline.flush(now + at(5));
    assert_eq!(waits(&mut pipeline, now), Some(now + pace::FLUSH_PAUSE));
    assert_eq!(waits(&mut pipeline, now + at(5)), Some(now + at(60)));
}

#[test]
fn a_refused_key_loses_nothing_and_is_tried_again_slowly() {
    let mut pipeline = filled(SETTINGS, 1);
    let refused = Failure::KeyRefused { status: 401 };
    let (batch, _) = sent(&mut pipeline, at(1));
    let outcome = || Outcome::RetrySlowly { failure: refused, after: None };
    assert_eq!(pipeline.settle(batch, &outcome(), at(1), 0.0), Some(Turn::Failing(refused)));
    pipeline.flush(at(100));
    assert_eq!(waits(&mut pipeline, at(1)), Some(at(31)));
    let (batch, _) = sent(&mut pipeline, at(31));
    assert_eq!(pipeline.settle(batch, &outcome(), at(31), 0.0), None, "one report is enough");
    let (batch, numbers) = sent(&mut pipeline, at(61));
    assert_eq!(numbers, [0]);
    assert_eq!(pipeline.settle(batch, &accepted(1), at(61), 0.0), Some(Turn::Recovered));
    assert_eq!((pipeline.stats(at(61)).failure, pipeline.losses().total()), (None, 0));
}

#[test]
fn a_poison_event_is_given_up_alone() {
    let mut pipeline = filled(Settings { batch_events: 8, ..SETTINGS }, 8);
    let mut stored: Vec<u8> = Vec::new();
    while let Step::Send(batch) = pipeline.poll(at(1)) {
        let numbers: Vec<_> =
            batch.events.iter().map(|queued| queued.event.id.as_bytes()[0]).collect();
        let outcome = if numbers.contains(&5) {
            malformed()
        } else {
            stored.extend(&numbers);
            accepted(numbers.len() as u64)
        };
        pipeline.settle(batch.number, &outcome, at(1), LONGEST);
    }
    assert_eq!(stored, [0, 1, 2, 3, 4, 6, 7]);
    assert_eq!(pipeline.losses().of(Loss::Malformed), 1);
    assert_eq!(pipeline.losses().total(), 1);
}

#[test]
fn after_a_413_batches_stay_as_small_as_the_other_side_wants_them() {
    let settings = Settings {
        batch_events: 100,
        capacity: Capacity { events: 100, bytes: 10_000 },
        ..SETTINGS
    };
    let mut pipeline = Pipeline::new(settings, 1.0);
    let capacity_left = |pipeline: &Pipeline| pipeline.stats(at(0)).queued;
    for number in 0..9 {
        pipeline.offer(sized_event(number, 99), at(0));
    }
    let mut requests = 0;
    while let Step::Send(batch) = pipeline.poll(at(1)) {
        requests += 1;
        let outcome = if batch.bytes() > 300 {
            Outcome::Split(Refusal::TooLarge)
        } else {
            accepted(batch.events.len() as u64)
        };
        pipeline.settle(batch.number, &outcome, at(1), LONGEST);
    }
    // 9 → 4 + 5 → 2 + 2 + 2 + 3
    assert_eq!((requests, capacity_left(&pipeline)), (7, 0));
    for number in 0..9 {
        pipeline.offer(sized_event(number, 99), at(1));
    }
    assert_eq!(sent(&mut pipeline, at(2)).1.len(), 2);
}

#[test]
fn dropping_the_oldest_spares_what_is_on_its_way_and_keeps_groups_right() {
    let mut pipeline = filled(Settings { drop_oldest: true, ..SETTINGS }, 10);
    let (batch, numbers) = sent(&mut pipeline, at(0));
    assert_eq!(numbers, [0, 1, 2]);
    for number in 10..12 {
        assert!(matches!(pipeline.offer(event(number), at(0)), Offer::Taken { .. }));
    }
    pipeline.settle(batch, &unavailable(None), at(0), LONGEST);
    assert!(matches!(pipeline.offer(event(12), at(0)), Offer::Taken { .. }));
    let (batch, numbers) = sent(&mut pipeline, at(1));
    assert_eq!(numbers, [1, 2], "3 and 4 went while 0 was on its way, then 0");
    pipeline.settle(batch, &accepted(2), at(1), LONGEST);
    assert_eq!(sent(&mut pipeline, at(1)).1, [5, 6, 7]);
    assert_eq!(pipeline.losses().of(Loss::DroppedOldest), 3);
}

#[test]
fn a_full_queue_hands_the_event_back() {
    let mut pipeline = filled(SETTINGS, 10);
    match pipeline.offer(event(10), at(0)) {
        Offer::Full { event, .. } => assert_eq!(event.id, EventId::from_bytes([10; 16])),
        other => panic!("{other:?}"),
    }
    assert_eq!(pipeline.stats(at(0)).tracked, 10);
}

#[test]
fn an_outcome_that_comes_twice_or_too_late_changes_nothing() {
    let mut pipeline = filled(SETTINGS, 6);
    let (first, _) = sent(&mut pipeline, at(0));
    pipeline.settle(first, &accepted(3), at(0), LONGEST);
    let (second, _) = sent(&mut pipeline, at(0));
    let before = pipeline.stats(at(0));
    assert_eq!(pipeline.settle(first, &accepted(3), at(0), LONGEST), None);
    assert_eq!(pipeline.stats(at(0)), before);
    assert_eq!(pipeline.give_up(), Unsent { events: 3, in_flight: 3, ..NOTHING });
    pipeline.settle(second, &accepted(3), at(0), LONGEST);
    assert_eq!(pipeline.stats(at(0)).accepted, 3);
}

#[test]
fn a_flush_counts_only_what_came_before_it() {
    let mut pipeline = filled(SETTINGS, 2);
    let target = pipeline.flush(at(5));
    pipeline.offer(event(2), at(0));
    assert_eq!(pipeline.unsent_below(target), Unsent { events: 2, ..NOTHING });
    let (batch, _) = sent(&mut pipeline, at(0));
    assert_eq!(pipeline.unsent_below(target), Unsent { events: 2, in_flight: 2, ..NOTHING });
    pipeline.settle(batch, &accepted(3), at(0), LONGEST);
    pipeline.offer(event(3), at(0));
    assert!(pipeline.unsent_below(target).is_empty());
}

#[test]
fn closing_sends_what_is_left_and_gives_up_the_rest_in_time() {
    let mut pipeline = filled(SETTINGS, 4);
    pipeline.close(at(9));
    pipeline.close(at(5));
    pipeline.close(at(7));
    assert!(matches!(pipeline.offer(event(4), at(0)), Offer::Closed));
    let (batch, _) = sent(&mut pipeline, at(0));
    pipeline.settle(batch, &accepted(3), at(0), LONGEST);
    let (batch, numbers) = sent(&mut pipeline, at(0));
    assert_eq!(numbers, [3]);
    pipeline.settle(batch, &unavailable(Some(at(60))), at(0), LONGEST);
    assert_eq!(waits(&mut pipeline, at(1)), Some(at(5)));
    assert!(matches!(pipeline.poll(at(5)), Step::Done));
    assert_eq!(pipeline.unsent_below(Mark::default()), Unsent { events: 1, ..NOTHING });
    assert_eq!(pipeline.losses().of(Loss::Unsent), 1);
    assert_eq!(pipeline.stats(at(5)).queued, 0);
}

#[test]
fn closing_an_empty_pipeline_is_done_at_once() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    pipeline.close(at(9));
    assert!(matches!(pipeline.poll(at(0)), Step::Done));
    assert!(pipeline.is_closed());
    assert!(pipeline.give_up().is_empty());
}

fn from_disk(numbers: std::ops::Range<u8>, queued_at: Elapsed) -> Vec<Queued> {
    numbers.map(|number| Queued::on_disk(event(number), queued_at)).collect()
}

/// How many events are to be read from disk now.
fn loads(pipeline: &mut Pipeline, now: Elapsed) -> usize {
    match pipeline.poll(now) {
        Step::Load { events, .. } => events,
        other => panic!("nothing is read, but {other:?}"),
    }
}

#[test]
fn events_on_disk_are_read_when_it_is_their_turn_and_only_as_many_as_go_together() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    assert!(pipeline.spooled(1, at(0)), "a sleeping driver is woken for the first one");
    assert_eq!(waits(&mut pipeline, at(0)), Some(SECOND));
    assert!(pipeline.spooled(7, at(0)), "and for a full batch");
    assert_eq!(loads(&mut pipeline, at(0)), 3);
    pipeline.loaded(from_disk(0..3, at(0)), &[]);
    let (batch, numbers) = sent(&mut pipeline, at(0));
    assert_eq!(numbers, [0, 1, 2]);
    let stats = pipeline.stats(at(2));
    assert_eq!((stats.tracked, stats.queued, stats.in_flight, stats.queued_bytes), (8, 8, 3, 0));
    assert_eq!(stats.lag, at(2));

    pipeline.settle(batch, &Outcome::UNREACHABLE, at(0), LONGEST);
    assert_eq!(sent(&mut pipeline, at(1)).1, [0, 1, 2], "what is in memory is not read again");
}

#[test]
fn what_cannot_be_read_is_counted_and_waited_for_by_nobody() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    pipeline.spooled(3, at(0));
    let target = pipeline.flush(at(5));
    assert_eq!(loads(&mut pipeline, at(0)), 3);
    pipeline.loaded(from_disk(1..2, at(0)), &[(Loss::Damaged, 1), (Loss::Expired, 1)]);
    assert_eq!(pipeline.unsent_below(target), Unsent { events: 1, on_disk: 1, ..NOTHING });
    let (batch, _) = sent(&mut pipeline, at(0));
    pipeline.settle(batch, &accepted(1), at(0), LONGEST);
    assert!(pipeline.unsent_below(target).is_empty());
    assert_eq!((pipeline.losses().of(Loss::Damaged), pipeline.losses().total()), (1, 2));
}

#[test]
fn a_flush_counts_memory_and_disk_each_in_its_own_order() {
    let mut pipeline = filled(SETTINGS, 2);
    pipeline.spooled(2, at(0));
    let target = pipeline.flush(at(5));
    // Taken after the flush, and sent with what it is for.
    pipeline.offer(event(9), at(0));
    assert!(matches!(pipeline.poll(at(0)), Step::Send(batch) if batch.events.len() == 3));
    let unsent = Unsent { events: 4, in_flight: 2, on_disk: 2 };
    assert_eq!(pipeline.unsent_below(target), unsent);
    pipeline.settle(0, &accepted(3), at(0), LONGEST);
    assert_eq!(loads(&mut pipeline, at(0)), 2);
    pipeline.loaded(from_disk(2..4, at(0)), &[]);
    let (batch, _) = sent(&mut pipeline, at(0));
    pipeline.settle(batch, &accepted(2), at(0), LONGEST);
    assert!(pipeline.unsent_below(target).is_empty());
}

#[test]
fn after_the_end_what_is_on_disk_is_left_there_and_what_is_in_memory_alone_is_given_up() {
    let mut pipeline = filled(SETTINGS, 1);
    pipeline.spooled(5, at(0));
    pipeline.close(at(0));
    assert!(matches!(pipeline.poll(at(0)), Step::Done));
    let unsent = Unsent { events: 6, in_flight: 0, on_disk: 5 };
    assert_eq!(pipeline.give_up(), unsent);
    assert_eq!(pipeline.losses().total(), 1);
    assert_eq!(pipeline.stats(at(0)).queued, 5);
}

#[test]
fn after_failures_in_a_row_a_few_events_try_whether_the_collector_is_well() {
    let settings = Settings {
        batch_events: 40,
        capacity: Capacity { events: 200, bytes: 10_000 },
        ..SETTINGS
    };
    let mut pipeline = filled(settings, 100);
    let mut now = at(0);
    let mut sizes = Vec::new();
    for _ in 0..7 {
        let (batch, numbers) = sent(&mut pipeline, now);
        sizes.push(numbers.len());
        pipeline.settle(batch, &Outcome::UNREACHABLE, now, LONGEST);
        now += at(60);
    }
    assert_eq!(sizes, [40, 40, 40, 40, 40, 10, 10]);
    assert!(pipeline.stats(now).circuit_open);
    let (batch, numbers) = sent(&mut pipeline, now);
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
    pipeline.settle(batch, &accepted(10), now, 0.0);
    assert!(!pipeline.stats(now).circuit_open);

    // It begins slowly, unless somebody waits.
    assert_eq!(waits(&mut pipeline, now), Some(now + SECOND / 2));
    pipeline.flush(now + at(1));
    let (batch, numbers) = sent(&mut pipeline, now);
    assert_eq!(numbers, (10..25).collect::<Vec<_>>(), "what failed as a whole goes in halves");
    pipeline.settle(batch, &accepted(15), now, 0.0);
    assert_eq!(sent(&mut pipeline, now).1, (25..40).collect::<Vec<_>>());
}

#[test]
fn a_memory_that_fills_up_ends_the_slow_start() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    pipeline.recovered(1, at(0), at(0), 0.0);
    for number in 0..9 {
        pipeline.offer(event(number), at(0));
    }
    let (batch, numbers) = sent(&mut pipeline, at(0));
    pipeline.settle(batch, &accepted(numbers.len() as u64), at(0), 0.0);
    assert_eq!(sent(&mut pipeline, at(0)).1, [3, 4, 5]);
}

#[test]
fn what_was_found_on_disk_waits_for_a_random_part_of_a_batchs_age() {
    let mut pipeline = Pipeline::new(SETTINGS, 1.0);
    pipeline.recovered(2, at(90), at(100), 0.25);
    assert_eq!(pipeline.stats(at(100)).lag, at(10), "it is right from the first moment");
    assert_eq!(waits(&mut pipeline, at(100)), Some(at(100) + SECOND / 4));
    assert_eq!(loads(&mut pipeline, at(101)), 2);
    assert_eq!((pipeline.stats(at(101)).recovered, pipeline.stats(at(101)).tracked), (2, 0));
}

#[test]
fn the_first_batch_comes_earlier_by_chance() {
    let mut pipeline = Pipeline::new(SETTINGS, 0.25);
    pipeline.offer(event(0), at(0));
    assert_eq!(waits(&mut pipeline, at(0)), Some(SECOND / 4));
    let (batch, _) = sent(&mut pipeline, at(1));
    pipeline.settle(batch, &accepted(1), at(1), 0.0);
    pipeline.offer(event(1), at(1));
    assert_eq!(waits(&mut pipeline, at(1)), Some(at(2)));
}

#[test]
fn a_network_that_is_back_ends_a_pause_that_only_we_chose() {
    let mut pipeline = filled(SETTINGS, 1);
    let (batch, _) = sent(&mut pipeline, at(1));
    pipeline.settle(batch, &Outcome::UNREACHABLE, at(1), LONGEST);
    pipeline.retry_now();
    let (batch, _) = sent(&mut pipeline, at(1));
    pipeline.settle(batch, &unavailable(Some(at(30))), at(1), 0.0);
    pipeline.retry_now();
    assert_eq!(waits(&mut pipeline, at(1)), Some(at(31)));
}
