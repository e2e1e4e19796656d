//! Makes the weights by which `clean.news` finds headlines between paragraphs.
//!
//! ```sh
//! cargo run --release -p warraq-stages --example headline-weights -- articles.jsonl > src/clean/news/headline.tsv
//! ```
//!
//! The input is JSON Lines: `lines`, an article line by line, and `related`, for each line 1 if it is a headline of another
//! article and 0 if not. `--part 0/2` learns from the articles whose number leaves another remainder than 0 when divided by 2,
//! and prints what the weights do on the others instead.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::{env, fs::File};
use warraq_stages::train::headlines::{Article, measure, train};

#[derive(serde::Deserialize)]
struct Record {
    lines: Vec<String>,
    related: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (path, part) = match &arguments[..] {
        [path] => (path, None),
        [path, flag, part] if flag == "--part" => {
            let (part, parts) = part.split_once('/').ok_or("a part is written as 0/2")?;
            (path, Some((part.parse::<usize>()?, parts.parse::<usize>()?)))
        }
        _ => return Err("usage: headline-weights ARTICLES.jsonl [--part N/M]".into()),
    };
    let (mut articles, mut others) = (Vec::new(), Vec::new());
    for (n, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let record: Record = serde_json::from_str(&line?).map_err(|e| format!("{path}, line {}: {e}", n + 1))?;
        if record.lines.len() != record.related.len() {
            return Err(format!("{path}, line {}: `lines` and `related` differ in length", n + 1).into());
        }
        let related = record.related.iter().map(|&one| one != 0).collect();
        let held_out = part.is_some_and(|(part, parts)| n % parts == part);
        let list = if held_out { &mut others } else { &mut articles };
        list.push(Article { lines: record.lines, related });
    }
    eprintln!("{} articles to learn from, {} held out", articles.len(), others.len());
    let table = train(&articles);
    if part.is_none() {
        print!("{table}");
        return Ok(());
    }
    println!("threshold  precision  recall  F1      lines taken from whole articles");
    for threshold in [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0] {
        let found = measure(&table, &others, threshold)?;
        let (p, r) = (found.right as f64 / found.found as f64, found.right as f64 / found.headlines as f64);
        let f1 = 2.0 * p * r / (p + r);
        println!("{threshold:<9}  {p:<9.4}  {r:.4}  {f1:.4}  {} of {}", found.found_in_whole, found.lines_of_whole);
    }
    Ok(())
}
