//! A worker process that talks nonsense.

use crate::harness::{Stages, World, documents, isolation, no_options};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use warraq_core::{Layer, Layers};
use warraq_plugin::abi;
use warraq_plugin::wire::{DocsIn, Frame, Frames, Kind, NamesIn, put_hello};

/// What it answers to a document of this text, and what is found wrong with it.
type Lie = (&'static str, fn(&mut Frame), &'static str);

fn start(frame: &mut Frame, kind: Kind, names: u32, answers: u32) {
    frame.start(kind);
    frame.u32(names);
    frame.u32(answers);
}

const LIES: &[Lie] = &[
    ("nothing", |f| start(f, Kind::Changes, 0, 0), "0 answers about 1 documents"),
    (
        "too much",
        |f| {
            start(f, Kind::Changes, 0, 2);
            f.raw(&[0; 12]);
        },
        "2 answers about 1 documents",
    ),
    ("other", |f| _ = f.start(Kind::Done), "Done is no answer to what was asked"),
    ("back", |f| _ = f.start(Kind::Process), "Process is no answer to what was asked"),
    ("name", |f| start(f, Kind::Changes, 9, 1), "9 items cannot be in the 4 bytes that are left"),
    (
        "short",
        |f| {
            start(f, Kind::Changes, 0, 1);
            f.u8(0);
        },
        "a field of 2 bytes is cut off after 0 bytes",
    ),
    (
        "long",
        |f| {
            start(f, Kind::Changes, 0, 1);
            f.raw(&[0; 7]);
        },
        "1 bytes are left over",
    ),
    (
        "id",
        |f| {
            start(f, Kind::Changes, 0, 1);
            f.raw(&[0, 0, 0, 0, 0, 1]);
            f.u32(7);
            f.text("");
        },
        "no name has the id 7",
    ),
];

pub(crate) fn answer() {
    let mut stream = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let (mut frame, mut frames, mut input) = (Frame::new(), Frames::new(), stream.try_clone().unwrap());
    let reads = Layers::of(&[Layer::Text]);
    put_hello(&mut frame);
    stream.write_all(frame.finish().unwrap()).unwrap();
    while let Ok(Some((kind, mut fields))) = frames.next(&mut input) {
        if kind == Kind::Create {
            frame.start(Kind::Created).u32(abi::layer_bits(reads));
            frame.u32(abi::layer_bits(reads));
            frame.u32(0);
        } else {
            let (labels, mut names, mut docs) = (Default::default(), NamesIn::new(), DocsIn::new());
            names.take(&mut fields, &labels).unwrap();
            let count = fields.count(1).unwrap();
            let docs = docs.take(&mut fields, count, reads, &names).unwrap();
            match LIES.iter().find(|(text, ..)| docs.iter().any(|doc| doc.text == *text)) {
                Some((_, lie, _)) => lie(&mut frame),
                None => {
                    start(&mut frame, Kind::Changes, 0, count as u32);
                    frame.raw(&vec![0; 6 * count]);
                }
            }
        }
        stream.write_all(frame.finish().unwrap()).unwrap();
    }
}

pub(crate) fn nonsense_costs_the_document_it_was_about() {
    let texts: Vec<&str> = LIES.iter().flat_map(|(text, ..)| [*text, "honest"]).collect();
    for batch in [1, 64] {
        let (stages, mut world) = (Stages::with(isolation("liar")), World::default());
        let stage = stages.isolated("dies");
        let built = world.build(&stage, no_options()).unwrap();
        let found = world.run(&built, &stage, &mut documents(&texts), batch);
        for ((text, _, what), found) in LIES.iter().zip(found.chunks(2)) {
            let message = format!(
                "the worker process broke the protocol ({what}) and was stopped; the plugin wrote over memory or \
                 descriptors that are not its own"
            );
            assert_eq!((text, found[0].as_ref().unwrap_err()), (text, &("plugin.protocol".to_owned(), message)));
            assert!(found[1].is_ok());
        }
    }
}
