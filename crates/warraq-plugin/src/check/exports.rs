//! What exports have and stages have not: headers and footers, and writers that take documents in order.

use super::Reporter;
use super::documents::cases;
use super::rules::unwound;
use super::subject::{Silent, Subject};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use warraq_core::{BuiltExport, EncodeContext, ExportWriter, InOrderExport, Result, Services};

fn build(subject: &Subject, services: Arc<dyn Services>) -> std::result::Result<BuiltExport, String> {
    let format = subject.stage.format("check");
    let Some(export) = format.export else { return Err("it is no export".into()) };
    subject.building(services, |cx| (export.build)(subject.options.clone(), cx)).map_err(|e| e.to_string())
}

/// The header and the footer of a parallel export.
pub(super) fn frame(subject: &Subject, report: &mut Reporter<'_>) {
    let rule = "export.frame";
    let format = match build(subject, Arc::new(Silent)) {
        Ok(BuiltExport::Encoded(format)) => format,
        Ok(BuiltExport::InOrder(_)) => return report.error(rule, "it was built for another order than it declares"),
        Err(message) => return report.error(rule, message),
    };
    let frames = [(); 2].map(|()| Ok::<_, warraq_core::Error>((format.header()?, format.footer()?)));
    report.verdict(
        rule,
        match frames {
            [Ok(first), Ok(second)] => (first != second).then(|| "the second time, they have other bytes".to_owned()),
            [Err(error), _] | [_, Err(error)] => Some(error.message),
        },
    );
}

/// The writer of an in-order export.
pub(super) fn write(subject: &Subject, report: &mut Reporter<'_>) {
    for rule in ["texts", "contract", "undeclared", "repeat", "fresh", "view", "batches", "threads", "reads", "memory"]
    {
        report.skipped(rule, "an in-order export has one writer and no workers");
    }
    let rule = "export.write";
    if subject.stage.has_own_sink() {
        return report.skipped(rule, "it writes to a sink of its own, which a check must not touch");
    }
    let export = match build(subject, Arc::new(Silent)) {
        Ok(BuiltExport::InOrder(export)) => export,
        Ok(BuiltExport::Encoded(_)) => return report.error(rule, "it was built for another order than it declares"),
        Err(message) => return report.error(rule, message),
    };
    let written = [(); 2].map(|()| {
        let all = catch_unwind(AssertUnwindSafe(|| write_all(subject, &*export)));
        all.unwrap_or_else(|panic| Err(format!("the writer broke: {}", unwound(&*panic))))
    });
    match written {
        [Ok(first), Ok(second)] if first == second => report.ok(rule, format!("{} bytes", first.len())),
        [Ok(_), Ok(_)] => report.error(rule, "the second time, there are other bytes"),
        [Err(message), _] => report.error(rule, message),
        [_, Err(message)] => report.error(rule, format!("the second time: {message}")),
    }
}

fn write_all(subject: &Subject, export: &dyn InOrderExport) -> std::result::Result<Vec<u8>, String> {
    let mut writer = export.writer().map_err(|e| e.message)?;
    let (mut out, mut names) = (Vec::new(), subject.labels.names());
    let stages = ["check.first".to_owned(), "check.second".to_owned()];
    for case in cases(&subject.labels, true) {
        let before = out.len();
        let mut cx = EncodeContext { labels: &mut names, stages: &stages };
        if let Err(error) = writer.write(&case.doc, &mut cx, &mut out) {
            // A document that cannot be written is cut off, as in a run, and leaves its trace in what is compared.
            out.truncate(before);
            out.extend_from_slice(format!("{}: {}\n", error.reason, error.message).as_bytes());
        }
    }
    let ended: Result<()> = end(&mut *writer, &mut out);
    ended.map_err(|e| e.message)?;
    Ok(out)
}

fn end(writer: &mut dyn ExportWriter, out: &mut Vec<u8>) -> Result<()> {
    writer.flush(out)?;
    writer.finish(out)
}
