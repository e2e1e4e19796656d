//! The `warraq` command: arguments in, the engine called, exit codes out. Anything a user of the library would want lives in
//! the engine.

/// A line on standard error, as far as anyone can read it: that nobody does is no reason to fail. Control characters in names
/// and messages are written out, so that they cannot drive a terminal; line ends too, or a document's id could begin a line
/// that looks like ours, or like a command to the CI system that reads it.
macro_rules! note {
    ($($part:tt)*) => {{
        use std::io::Write;
        let line = format!($($part)*);
        let line = crate::secret::hide(&line);
        let _ = writeln!(std::io::stderr(), "{}", warraq_engine::diagnostic::printable(&line));
    }};
}

mod check;
mod cli;
mod config;
mod diff;
mod difference;
mod eval;
mod explain;
mod log;
mod new;
mod observe;
mod plan;
mod plugin;
mod progress;
mod run;
mod schema;
mod secret;
mod shell;
mod show;
mod test;
mod trace;
mod train;
mod verify;

use clap::Parser;
use std::process::ExitCode;
use warraq_core::Registry;
use warraq_engine::Exit;

fn main() -> ExitCode {
    quiet_worker_panics();
    let command = cli::Cli::parse();
    let (format, quiet) = match &command.command {
        cli::Command::Run(args) => (args.log_format, args.quiet),
        // What stages have to say of tests that pass is of no interest.
        cli::Command::Test(_) => (cli::LogFormat::Human, true),
        _ => (cli::LogFormat::Human, false),
    };
    log::init(format, quiet);
    let registry = registry();
    let exit = match command.command {
        cli::Command::Run(args) => run::run(&registry, &args),
        cli::Command::Check(args) => check::check(&registry, &args),
        cli::Command::Trace(args) => trace::trace(&registry, &args),
        cli::Command::Diff(args) => diff::diff(&registry, &args),
        cli::Command::Verify(args) => verify::verify(&registry, &args),
        cli::Command::Plan(args) => plan::plan(&registry, &args),
        cli::Command::Config(args) => config::config(&registry, &args),
        cli::Command::Test(args) => test::test(&registry, &args),
        cli::Command::Explain(args) => explain::explain(&args),
        cli::Command::List(args) => show::list(&registry, &args),
        cli::Command::Describe(args) => show::describe(&registry, &args),
        cli::Command::Plugin(args) => plugin::plugin(&registry, &args),
        cli::Command::Train(args) => train::train(&registry, &args),
        cli::Command::Eval(args) => eval::eval(&registry, &args),
        cli::Command::New(args) => new::run(&args),
        cli::Command::Schema(args) => schema::schema(&registry, &args),
        cli::Command::Completions(args) => shell::completions(&args),
        cli::Command::Man(args) => shell::man(&args),
        cli::Command::PluginWorker { library, sha256 } => plugin::worker(&library, sha256.as_deref()),
    };
    ExitCode::from(exit.code())
}

/// Every stage, format and codec of this build.
fn registry() -> Registry {
    let mut registry = Registry::new();
    let added = warraq_stages::register(&mut registry).and_then(|()| warraq_formats::register(&mut registry));
    if let Err(error) = added {
        // Two built-ins of one name: the tests of this crate would have failed.
        note!("warraq: {error}");
        std::process::exit(Exit::Config.code().into());
    }
    registry
}

/// A panic on a worker thread fails one document and is reported with it; the backtrace of it is nobody's concern unless it
/// is asked for.
fn quiet_worker_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_some() {
        return;
    }
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_worker = std::thread::current().name().is_some_and(|name| name.starts_with("warraq-worker"));
        if !is_worker {
            usual(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_built_ins_fit_together() {
        let registry = super::registry();
        assert!(registry.stages().len() >= 8 && registry.formats().len() >= 2 && registry.codecs().len() == 2);
    }
}
