//! What a pipeline file says of anything that the bytes of the outputs depend on, piece by piece, so that a run which is to be
//! continued can name what has changed.

use super::hex;
use crate::config::{Node, PipelineSpec, to_json};
use sha2::{Digest, Sha256};

/// Keys of `[run]` that only say how, or how well, and change no byte.
const HOW: &[&str] = &["threads", "window", "memory", "errors", "checkpoint", "plugin_dirs"];

/// Each piece with the SHA-256 of what is said: a value may be a secret, and this is written to disk.
pub(super) fn settings(spec: &PipelineSpec) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    let mut add = |what: String, node: &Node| settings.push((what, hex(&Sha256::digest(to_json(node).to_string()))));
    let Some(root) = spec.root.as_table() else { return settings };
    let items = |key: &str| root.get(key).and_then(Node::as_array).unwrap_or_default();
    for key in ["source", "export"] {
        items(key).iter().enumerate().for_each(|(n, node)| add(format!("{key} {} of the pipeline file", n + 1), node));
    }
    for (n, node) in items("stage").iter().enumerate() {
        let name = spec.stages.get(n).map_or("?", |stage| stage.name.value.as_str());
        add(format!("stage {} of the pipeline file ({name})", n + 1), node);
    }
    root.get("rejects").into_iter().for_each(|node| add("`[rejects]`".into(), node));
    let run = root.get("run").and_then(Node::as_table).into_iter().flat_map(|run| run.iter());
    run.filter(|(key, _)| !HOW.contains(&&*key.name)).for_each(|(key, node)| add(format!("`run.{}`", key.name), node));
    settings
}
