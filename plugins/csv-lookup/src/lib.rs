//! A Warraq plugin: joins the rows of a CSV or TSV table to documents.

mod options;
mod table;
#[cfg(test)]
mod tests;
mod values;

use options::{Existing, OnMissing, Options};
use std::borrow::Cow;
use std::sync::Arc;
use table::Table;
use warraq_plugin::{
    BuildContext, Built, Changes, DocView, Error, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Looks each document up in a table and adds what stands in its row to the fields of the record: what is known about a
source, an author, a category. The text and its layers are not read.

**The table** is CSV or TSV: UTF-8 text, with the names of the columns in the first line and as many cells in each other
line. Cells may stand in quotation marks, and then hold delimiters and line ends; a quotation mark inside is written twice.
With `quotes = false` a quotation mark is a character like any other. Blank lines are skipped. The table is read once, when
the pipeline is built, and every problem in it is an error then, with its line.

**Which row.** `key` names the column that is compared, `field` the field of the record it is compared with; `field = \"id\"`
is the document's id. A string is compared by its characters, whatever escapes the record writes them with; a number,
`true` and `false` by their text, so that `7` finds the row `7` and not `7.0`. Upper and lower case differ, and so do `أ`
and `ا`. A document whose field is missing, `null`, a list or an object has no row. Nor has one whose key is not in the
table: `on_missing` says whether such documents go on as they are, are dropped (`lookup_missing`) or fail
(`lookup.missing`).

**Which columns.** All but the key, or those that `columns` names: `columns = [\"country\", \"founded\"]`, or with new names
`columns = { country = \"origin\" }`. `prefix` is put before the names that stay. A field that the record has already keeps
its value, so that nothing is lost; `existing = \"replace\"` lets the table win.

**Types.** Cells are text unless `types` says otherwise: `types = { founded = \"number\", tags = \"json\" }`. A `number` is
written as in JSON and keeps its digits, a `boolean` is `true` or `false` in any case, `json` is any JSON value. A cell that
is not of its type is an error. An empty cell becomes an empty string, or `null` if the column is no text.

**Keys that occur twice** are an error; `duplicates` takes the `first` or the `last` of their rows instead.";

warraq_plugin::export_plugin! { stages: [definition] }

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "csv-lookup.join".into(),
            summary: "joins the rows of a CSV or TSV table to the records".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Meta]),
            writes: Layers::of(&[Layer::Meta, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema(),
            examples: vec![
                Example::new("What the table knows goes into the record", "نص")
                    .options(
                        "file = 'sources.csv'\nkey = 'name'\nfield = 'id'\nprefix = 'source_'\ntypes = { founded = 'number' }\non_missing = 'drop'",
                    )
                    .file("sources.csv", "name,country,founded\nexample,تونس,1998\n")
                    .meta(&[("source_country", "\"تونس\""), ("source_founded", "1998")]),
                Example::new("A document without a row may be dropped", "نص")
                    .options("file = 'sources.tsv'\nkey = 'name'\nfield = 'id'\non_missing = 'drop'")
                    .file("sources.tsv", "name\tcountry\nother\tالمغرب\n")
                    .dropped("lookup_missing"),
                Example::new("Columns under new names, and a table of its own making", "نص")
                    .options(
                        "file = 'list.txt'\nkey = 'k'\nfield = 'id'\ncolumns = { v = 'value' }\ndelimiter = ';'\nduplicates = 'last'",
                    )
                    .file("list.txt", "k;v;w\nexample;1;2\nexample;\"3;4\";5\n")
                    .meta(&[("value", "\"3;4\"")]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let table = options.table(cx.resources)?;
    Ok(Built::parallel(Join {
        table: Arc::new(table),
        field: options.field.unwrap_or(options.key).into(),
        on_missing: options.on_missing,
        replace: options.existing == Existing::Replace,
        reason: cx.labels.intern("lookup_missing"),
    }))
}

/// The stage, and a worker of it: there is nothing a worker needs for itself.
#[derive(Clone, Debug)]
struct Join {
    table: Arc<Table>,
    /// The field of the record that is looked up, or `id`.
    field: Arc<str>,
    on_missing: OnMissing,
    /// Whether the table's values take the place of the record's own.
    replace: bool,
    reason: LabelId,
}

impl Stage for Join {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Join {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let key =
            if &*self.field == "id" { Some(Cow::Borrowed(doc.id)) } else { doc.meta.get(&self.field).and_then(key) };
        if let Some(row) = key.as_deref().and_then(|key| self.table.row(key)) {
            for (field, json) in row.fields() {
                if self.replace || doc.meta.get(field).is_none() {
                    out.meta(field, json);
                }
            }
            return Ok(());
        }
        if self.on_missing == OnMissing::Keep {
            return Ok(());
        }
        let message = match key {
            Some(key) => format!("the table has no row {key:?}"),
            None => format!("the record has no `{}` that can be looked up", self.field),
        };
        if self.on_missing == OnMissing::Fail {
            return Err(Error::stage("lookup.missing", message));
        }
        out.drop_document(self.reason, &message);
        Ok(())
    }
}

/// What a value of the record is compared by, if it can be.
fn key(json: &str) -> Option<Cow<'_, str>> {
    let json = json.trim();
    match json.as_bytes().first()? {
        b'"' if !json.contains('\\') => Some(Cow::Borrowed(json.get(1..json.len() - 1)?)),
        b'"' => serde_json::from_str(json).ok().map(Cow::Owned),
        b'[' | b'{' | b'n' => None,
        _ => Some(Cow::Borrowed(json)),
    }
}
