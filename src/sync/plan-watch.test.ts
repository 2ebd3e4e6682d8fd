import { expect, test } from 'vitest';
import type { ChannelId } from '../calendar/ids.ts';
import { type Channel, planWatch, type Watch, whenToRenew } from './plan-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = new Date('2030-01-01T12:00:00Z');
const at = (ms: number) => new Date(now.getTime() + ms);

const live = (id: string, changes: Partial<Channel> = {}): Channel => ({
  id: id as ChannelId,
  state: 'live',
  canStop: true,
  createdAt: at(-DAY),
  expiresAt: at(6 * DAY),
  renewAt: at(5 * DAY),
  ...changes,
});
const opening = (id: string, createdAt = at(-1)): Channel =>
  live(id, { state: 'opening', canStop: false, createdAt, expiresAt: null, renewAt: null });

const plan = (changes: Partial<Watch>, isRenewedByOpening = false) =>
  planWatch({ isWanted: true, retryAt: null, channels: [], ...changes }, now, isRenewedByOpening);

test('[W9] one channel that lives is left alone until it is to be renewed', () => {
  expect(plan({ channels: [live('a')] })).toEqual({ kind: 'rest', until: at(5 * DAY) });
});

test('[W9] none is opened where there is none, and one too many is stopped: the one that ends first', () => {
  expect(plan({})).toEqual({ kind: 'open', isGap: true });
  const [old, young] = [live('old', { expiresAt: at(DAY) }), live('young')];
  expect(plan({ channels: [old, young] })).toEqual({ kind: 'stop', id: 'old' });
  expect(plan({ channels: [young, old] })).toEqual({ kind: 'stop', id: 'old' });
});

test('[W9] none that is not wanted stays: answered ones are stopped, others forgotten', () => {
  const isWanted = false;
  expect(plan({ isWanted })).toEqual({ kind: 'rest', until: null });
  expect(plan({ isWanted, channels: [live('a')] })).toEqual({ kind: 'stop', id: 'a' });
  expect(plan({ isWanted, channels: [opening('a')] })).toEqual({ kind: 'forget', ids: ['a'] });
});

test('[W10] one that is due is renewed; where that means opening, the old one rings until the new one does', () => {
  const due = live('a', { renewAt: now });
  expect(plan({ channels: [due] })).toEqual({ kind: 'renew', id: 'a' });
  expect(plan({ channels: [due] }, true)).toEqual({ kind: 'open', isGap: false });
  expect(plan({ channels: [due, opening('b')] }, true)).toEqual({ kind: 'open', isGap: false });
  const next = live('b', { expiresAt: at(7 * DAY) });
  expect(plan({ channels: [due, next] }, true)).toEqual({ kind: 'stop', id: 'a' });
});

test('[W10] one that has ended is forgotten, and then there is a gap', () => {
  const ended = live('a', { expiresAt: now });
  expect(plan({ channels: [ended] })).toEqual({ kind: 'forget', ids: ['a'] });
});

test('[W11] one that was never answered neither rings for sure nor is asked again; it ends in its time', () => {
  expect(plan({ channels: [opening('a')] })).toEqual({ kind: 'open', isGap: true });
  const both = [opening('a'), live('b')];
  expect(plan({ channels: both })).toEqual({ kind: 'rest', until: at(5 * DAY) });
  const old = [opening('a', at(-7 * DAY)), live('b')];
  expect(plan({ channels: old })).toEqual({ kind: 'forget', ids: ['a'] });
});

test('[W11] of those that were never answered a few stay, however often it goes wrong', () => {
  const channels = [opening('a'), opening('b'), opening('c'), opening('d'), opening('e')];
  expect(plan({ channels })).toEqual({ kind: 'forget', ids: ['a', 'b'] });
});

test('[W11] one that was being stopped is stopped again, and nobody relies on it', () => {
  const stopping = live('a', { state: 'stopping' });
  expect(plan({ channels: [stopping] })).toEqual({ kind: 'open', isGap: true });
  expect(plan({ channels: [stopping, live('b')] })).toEqual({ kind: 'stop', id: 'a' });
});

test('[W12] after trouble nothing is asked before its time', () => {
  const retryAt = at(HOUR);
  const rest = { kind: 'rest', until: retryAt };
  expect(plan({ retryAt })).toEqual(rest);
  expect(plan({ retryAt, channels: [live('a', { renewAt: at(-1) })] })).toEqual(rest);
  expect(plan({ retryAt, isWanted: false, channels: [live('a')] })).toEqual(rest);
  expect(plan({ retryAt, channels: [live('a')] })).toEqual({ kind: 'rest', until: at(5 * DAY) });
  expect(plan({ retryAt: now })).toEqual({ kind: 'open', isGap: true });
});

test('[W10] it is renewed a day before its end, spread by a quarter, or at half a short life', () => {
  const week = at(7 * DAY);
  expect(whenToRenew(week, now, 0.5)).toEqual(at(6 * DAY));
  expect(whenToRenew(week, now, 0)).toEqual(at(7 * DAY - 18 * HOUR));
  expect(whenToRenew(week, now, 1)).toEqual(at(7 * DAY - 30 * HOUR));
  expect(whenToRenew(at(HOUR), now, 0.5)).toEqual(at(HOUR / 2));
  expect(whenToRenew(at(-HOUR), now, 0.5) > now).toBe(true);
});
