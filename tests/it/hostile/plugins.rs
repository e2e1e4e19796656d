//! Plugins that are broken: refused before anything is read, or at the cost of the document they were working on.

use crate::case::{BOTH_ENDS, Case, Run};
use crate::plugins::crashing::ORDERS;
use crate::plugins::loading::REFUSED;
use crate::plugins::misbehaving::{C_DEFECTS, obeying};
use crate::plugins::{broken, docs};

/// Nothing panics, and every document is in the export or in the rejects.
#[track_caller]
fn balanced(what: &str, run: &Run, documents: usize) {
    assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
    let report = run.report("out/report.json");
    assert_eq!(report["ledger"]["read"], documents, "{what}");
    assert_eq!(run.docs().len() + run.rejects().len(), documents, "{what}");
}

/// Orders that a text may give in the process of the program itself.
const IN_PROCESS: &[&str] = &["!panic", "!undeclared", "!out-of-bounds", "!print"];

pub(super) fn all() -> usize {
    let stage = "[plugins.broken]\npath = \"broken\"\n[[stage]]\nuse = \"broken.first\"\n";
    let texts = ["نص أول", "badقق text", "third text", ""];
    let case = |defect: &str| {
        let case = Case::new(&format!("{stage}{BOTH_ENDS}")).file("in.jsonl", docs(&texts));
        broken(defect, &case.path(""));
        case
    };
    for (defect, _) in REFUSED {
        let run = case(defect).run().ends(78);
        assert!(!run.stderr.contains("panicked"), "{defect}: {}", run.stderr);
    }
    for (defect, ..) in C_DEFECTS {
        balanced(defect, &case(defect).run().ends(5), texts.len());
    }
    let mut orders = vec!["one"];
    orders.extend(ORDERS.iter().flat_map(|(order, ..)| [*order, "a good text"]));
    let options = "run = { isolate = \"process\", timeout = \"500ms\", memory = \"1GiB\" }";
    let run = obeying("obey", options, &orders).run().ends(5);
    balanced("orders", &run, orders.len());
    assert_eq!(run.rejects().len(), ORDERS.len(), "each order costs its own document");
    let run = obeying("obey", "", IN_PROCESS).run().ends(5);
    balanced("orders in process", &run, IN_PROCESS.len());
    REFUSED.len() + C_DEFECTS.len() + ORDERS.len() + IN_PROCESS.len()
}
