//! Surveys: a stage that looks at the whole corpus before the run.

use super::kit::World;
use super::{DEDUP, MARK, corpus, run_lines, with_on_error};
use warraq_engine::run::{Cancel, End, Observer, Progress};

const SHARE: &str = "[[stage]]\nuse = \"test.share\"\n";

#[test]
fn a_survey_sees_what_will_reach_its_stage_and_nothing_else() {
    // Deduplication comes first: the survey counts what it leaves, and its own state is a new one in the run.
    let ran = run_lines(
        &["a", "b", "a", "?process", "b ?prepare", "c"],
        &with_on_error("quarantine", &[DEDUP, MARK, SHARE].concat()),
    );
    assert_eq!(ran.texts(), ["1 a.", "1 b.", "1 c."]);
    let survey = &ran.outcome.surveys[0];
    assert_eq!((survey.stage.as_str(), survey.read, survey.documents), ("test.share", 6, 3));
    assert_eq!((ran.outcome.ledger.read, ran.outcome.ledger.kept), (6, 3), "documents are accounted for once");

    let again = "[[stage]]\nuse = \"test.share\"\nname = \"again\"\n";
    let ran = run_lines(&["a", "b", "a"], &[SHARE, MARK, again].concat());
    assert_eq!(ran.texts(), ["2 2 a.", "1 1 b.", "2 2 a."], "a second survey sees what the first stage makes of it");
}

#[test]
fn a_survey_does_not_depend_on_threads() {
    let corpus = corpus(300);
    let inputs = [("a.in", corpus.as_str())];
    let stages = ["[[stage]]\nuse = \"test.slow\"\n", SHARE, DEDUP].concat();
    let reference = World::new(&inputs).threads(1, 1).run(&stages);
    assert_eq!(reference.outcome.end, End::Done);
    for (threads, window) in [(2, 1), (7, 3 << 20)] {
        let ran = World::new(&inputs).threads(threads, window).run(&stages);
        assert!(
            ran.export == reference.export && ran.rejects == reference.rejects,
            "{threads} threads, window {window}"
        );
    }
}

#[test]
fn a_limit_holds_in_every_pass() {
    let ran = World::new(&[("a.in", "a\na\na\n")]).limit(2).run(SHARE);
    assert_eq!(ran.texts(), ["2 a", "2 a"]);
}

#[test]
fn what_a_stage_saves_is_published_with_the_outputs() {
    let stage = format!("{SHARE}saves = \"out/corpus.txt\"\n");
    let world = World::new(&[("a.in", "a\nb\na\n")]);
    world.run(&stage);
    assert_eq!(world.read("corpus.txt").as_deref(), Some("2 a\n1 b\n"));

    let world = World::new(&[("a.in", "a\n?collect\n")]);
    let ran = world.run(&stage);
    let End::Io(why) = &ran.outcome.end else { panic!("{:?}", ran.outcome.end) };
    assert!(why.contains("test.share") && why.contains("collect was asked to fail"), "{why}");
    assert_eq!(ran.files.len(), 0, "a survey that fails ends the run, which leaves nothing");

    let (plan, problems) = World::new(&[("a.in", "a\n")]).compile(&format!("{SHARE}saves = \"out/all.txt\"\n"));
    assert!(plan.is_none() && problems.contains("WQ013"), "{problems}");
}

/// Changes the input when the run itself begins.
struct Meddler<'a>(&'a World, Vec<Option<String>>);

impl Observer for Meddler<'_> {
    fn progress(&mut self, _: &Progress) {}

    fn begins(&mut self, survey: Option<&str>) {
        self.1.push(survey.map(Into::into));
        if survey.is_none() {
            std::fs::write(self.0.path("a.in"), "a\nb\na\n").unwrap();
        }
    }
}

#[test]
fn an_input_that_changes_after_the_survey_ends_the_run() {
    let world = World::new(&[("a.in", "a\na\nb\n")]);
    let mut meddler = Meddler(&world, Vec::new());
    let ran = world.run_observed(SHARE, &Cancel::new(), &mut meddler);
    assert_eq!(meddler.1, [Some("test.share".into()), None], "the passes are named");
    let End::Io(why) = &ran.outcome.end else { panic!("{:?}", ran.outcome.end) };
    assert!(why.contains("a.in: it changed between the survey of the corpus and the run"), "{why}");
    assert_eq!(ran.export, None);
}
