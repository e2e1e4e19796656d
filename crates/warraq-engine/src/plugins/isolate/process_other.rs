//! Where there are no Unix sockets, there is no isolation yet.

use super::Isolation;
use super::error::Fault;
use std::time::Duration;
use warraq_core::Services;
use warraq_plugin::wire::{Fields, Kind};

/// How long to wait, and for whom.
#[derive(Clone, Copy)]
pub(super) struct Wait<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Wait<'a> {
    pub(super) fn new(_: Option<Duration>, _: Option<&'a dyn Services>) -> Self {
        Wait(std::marker::PhantomData)
    }

    pub(super) fn sleep(&self, _: Duration) -> Result<(), Fault> {
        Ok(())
    }
}

/// There is none.
#[derive(Debug)]
pub(super) enum Process {}

impl Process {
    pub(super) fn start(_: &Isolation) -> Result<Self, Fault> {
        Err(Fault::Start("isolation in a worker process is not supported on this system".into()))
    }

    pub(super) fn has_ended(&mut self) -> Option<Fault> {
        match *self {}
    }

    pub(super) fn send(&mut self, _: &[u8], _: &Wait<'_>) -> Result<(), Fault> {
        match *self {}
    }

    pub(super) fn receive(&mut self, _: &Wait<'_>) -> Result<Kind, Fault> {
        match *self {}
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        match *self {}
    }

    pub(super) fn kill(&mut self) {
        match *self {}
    }

    pub(super) fn end(&mut self, _: impl FnMut(Kind, Fields<'_>)) {
        match *self {}
    }
}
