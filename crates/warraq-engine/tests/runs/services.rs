//! What stages are served with: someone who hears them, and word of the end of the run.

use crate::kit::World;
use std::time::{Duration, Instant};
use warraq_engine::run::{Cancel, End};

const TALKER: &str = "[[stage]]\nuse = \"test.talker\"\nname = \"talks\"\n";

#[test]
fn what_a_stage_says_is_heard_under_its_name() {
    let world = World::new(&[("a.in", "one\ntwo\n")]).threads(1, 1);
    let ran = world.run(TALKER);
    assert_eq!(ran.outcome.end, End::Done);
    assert_eq!(world.told(), ["Info talks: built", "Warning talks: one", "Warning talks: two"]);
}

#[test]
fn a_stage_hears_of_the_end_of_its_run() {
    let world = World::new(&[("a.in", "wait\n")]);
    // A plan can be run again: the end of one run is not the end of the next.
    for _ in 0..2 {
        let cancel = Cancel::new();
        let started = Instant::now();
        let ran = std::thread::scope(|threads| {
            threads.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                cancel.cancel(15);
            });
            world.run_observed(TALKER, &cancel, &mut ())
        });
        assert_eq!(ran.outcome.end, End::Interrupted(15));
        assert!(started.elapsed() >= Duration::from_millis(50) && started.elapsed().as_secs() < 15);
    }
}
