import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Activity } from '../../src/api/schemas/activities.ts';
import type { Person } from './stack.ts';

/** What tests of the calendar page do with it, and put into it. */

/** A day far enough ahead. */
export const TUESDAY = '2031-03-18';

/** `09:00-10:30` on a date, in Berlin. */
export const at = (date: string, hours: string) => {
  const [start, end] = hours.split('-');
  return { start: `${date}T${start}`, end: `${date}T${end}`, time_zone: 'Europe/Berlin' };
};

export async function addNamedLead(person: Person, name: string): Promise<string> {
  const lead = await person.client.send<{ id: string }>('POST', '/api/leads', { name });
  return lead.id;
}

export const plan = (person: Person, lead_id: string, title: string, members: object) =>
  person.client.send<Activity>('POST', '/api/activities', { lead_id, title, ...members });

export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name });

/** Has the calendars beside the grid, on a screen that is wide enough. */
export async function showCalendars(page: Page): Promise<void> {
  const toggle = page.getByRole('button', { name: 'Calendars', exact: true });
  if ((await toggle.getAttribute('aria-expanded')) === 'false') await toggle.click();
  await page.getByRole('complementary', { name: 'Calendars' }).waitFor();
}

/** Of what is drawn, the first of this title. */
export const drawn = (page: Page, title: string): Locator =>
  button(page, new RegExp(title)).first();

/** No dialog is there any more. */
export const gone = (page: Page) =>
  expect.poll(() => page.getByRole('dialog').count(), { timeout: 10_000 }).toBe(0);

/** Drags from the middle of an element, or from its lower edge, by so many pixels. */
export async function drag(
  page: Page,
  title: string,
  by: { x?: number; y?: number },
  from: 'middle' | 'edge' = 'middle',
): Promise<void> {
  const box = await drawn(page, title).boundingBox();
  if (!box) throw new Error(`${title} is not drawn`);
  const [x, y] = [
    box.x + box.width / 2,
    box.y + (from === 'edge' ? box.height - 1 : box.height / 2),
  ];
  // What is dropped snaps back to the quarter of an hour, and an edge snaps on to the next.
  const past = from === 'edge' ? -4 : 4;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const part of [0.3, 0.6, 1]) {
    await page.mouse.move(x + (by.x ?? 0) * part, y + (by.y ? by.y + past : 0) * part, {
      steps: 4,
    });
  }
  await page.mouse.up();
}
