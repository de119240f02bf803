//! Sends a change as atomic batches.

use std::collections::BTreeMap;

use super::diff::{Adjustment, Unit, diff};
use super::messages::{batch_begin, batch_end, delete_table, new_table};
use super::observe::{Observed, generation};
use super::ruleset::Ruleset;
use crate::linux::netlink::encode::Message;
use crate::linux::netlink::family::Family;
use crate::linux::netlink::socket::{NetlinkError, NetlinkSocket};

/// Room for the beginning and the end of a batch.
const BATCH_EDGES: usize = 256;

/// What was last seen in one namespace, and at which generation.
#[derive(Debug, Default)]
pub struct Remembered {
    last: Option<(u32, BTreeMap<Family, Observed>)>,
}

impl Remembered {
    /// Makes the namespace hold these rulesets, one of a family, and no other. What is remembered is trusted only while nobody else committed anything.
    /// True when something had to be changed.
    pub fn bring(&mut self, socket: &mut NetlinkSocket, desired: &[Ruleset]) -> Result<bool, NetlinkError> {
        let before = generation(socket)?;
        let observed = match self.last.take() {
            Some((at, observed)) if at == before => observed,
            _ => read(socket)?,
        };
        let nothing = Observed::default();
        let there = |family| observed.get(family).unwrap_or(&nothing);
        let mut units: Vec<Unit> =
            desired.iter().flat_map(|ruleset| diff(there(&ruleset.family), ruleset)).collect();
        let is_wanted = |family: &Family| desired.iter().any(|ruleset| ruleset.family == *family);
        let gone = observed.iter().filter(|(family, there)| there.table && !is_wanted(family));
        units.extend(gone.map(|(family, _)| vec![delete_table(*family)]));
        let changed = !units.is_empty();
        let batches = send(socket, units)?;
        if generation(socket)? == before.wrapping_add(batches) {
            let observed = desired.iter().map(|ruleset| (ruleset.family, Observed::of(ruleset)));
            self.last = Some((before.wrapping_add(batches), observed.collect()));
        }
        Ok(changed)
    }

    /// Makes a change without looking at all the rest, which must be current. False, and nothing done, when that is
    /// not known.
    pub fn adjust(
        &mut self,
        socket: &mut NetlinkSocket,
        adjustments: Vec<Adjustment>,
    ) -> Result<bool, NetlinkError> {
        let Some((at, mut observed)) = self.last.take() else { return Ok(false) };
        let mut unit = Unit::new();
        for adjustment in &adjustments {
            unit.extend(adjustment.messages(observed.entry(adjustment.family).or_default()));
        }
        let batches = u32::from(!unit.is_empty());
        if unit.iter().map(Message::size).sum::<usize>() > socket.send_capacity().saturating_sub(BATCH_EDGES)
        {
            return Ok(false);
        }
        if batches > 0 {
            commit(socket, unit)?;
        }
        for adjustment in adjustments {
            let family = adjustment.family;
            adjustment.adjust(observed.entry(family).or_default());
        }
        // Whoever committed in between is found out by the next look at the generation.
        self.last = Some((at.wrapping_add(batches), observed));
        Ok(true)
    }

    /// Whether nobody committed anything since the last [`Remembered::bring`].
    pub fn is_current(&self, socket: &mut NetlinkSocket) -> Result<bool, NetlinkError> {
        let Some((at, _)) = self.last else { return Ok(false) };
        Ok(generation(socket)? == at)
    }

    /// Forgets, so that the next [`Remembered::bring`] reads the kernel.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

fn read(socket: &mut NetlinkSocket) -> Result<BTreeMap<Family, Observed>, NetlinkError> {
    let mut observed = BTreeMap::new();
    for family in [Family::Ipv4, Family::Ipv6] {
        let there = Observed::read(socket, family)?;
        if there.table {
            observed.insert(family, there);
        }
    }
    Ok(observed)
}

/// Removes the table of IPv4, if it is there.
pub fn discard(socket: &mut NetlinkSocket) -> Result<(), NetlinkError> {
    commit(socket, vec![new_table(Family::Ipv4), delete_table(Family::Ipv4)])
}

/// Sends units in as few batches as the socket's capacity allows. Answers how many.
pub fn send(socket: &mut NetlinkSocket, units: Vec<Unit>) -> Result<u32, NetlinkError> {
    let capacity = socket.send_capacity().saturating_sub(BATCH_EDGES);
    let mut batches = 0;
    let mut batch: Vec<Message> = Vec::new();
    let mut size = 0;
    for unit in units {
        let len: usize = unit.iter().map(Message::size).sum();
        if size > 0 && size + len > capacity {
            commit(socket, std::mem::take(&mut batch))?;
            batches += 1;
            size = 0;
        }
        size += len;
        batch.extend(unit);
    }
    if !batch.is_empty() {
        commit(socket, batch)?;
        batches += 1;
    }
    Ok(batches)
}

fn commit(socket: &mut NetlinkSocket, messages: Vec<Message>) -> Result<(), NetlinkError> {
    let mut bytes = batch_begin().finish(0);
    for (sequence, message) in (1..).zip(messages.iter()) {
        bytes.extend(message.clone().finish(sequence));
    }
    bytes.extend(batch_end().finish(u32::MAX));
    let refusals = socket.exchange_batch(&bytes)?;
    match refusals.into_iter().next() {
        None => Ok(()),
        Some((sequence, text, source)) => {
            let refused = (sequence as usize).checked_sub(1).and_then(|i| messages.get(i));
            let step = refused.map_or_else(|| "commit rules".to_string(), Message::describe);
            Err(NetlinkError::Refused { step, text, source })
        }
    }
}
