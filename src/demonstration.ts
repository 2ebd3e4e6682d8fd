import type { NewActivity } from './api/schemas/activities.ts';

/** The company that the demonstration is about: a small sales team, in the middle of its quarter. */

/** The sign-in that the demonstration prints. Made only where the sandbox plays the providers. */
export const demonstration = { email: 'anna@northwind.example', password: 'kalends-demo' };

export const people = [
  { key: 'anna', name: 'Anna Berg', email: demonstration.email, role: 'admin' },
  { key: 'ben', name: 'Ben Okafor', email: 'ben@northwind.example', role: 'member' },
  { key: 'mia', name: 'Mia Sandoval', email: 'mia@northwind.example', role: 'member' },
] as const;
export type PersonKey = (typeof people)[number]['key'];

/** Whose lead, name, company, address, number, and how many weeks before this one it was added. */
export const leads = [
  ['anna', 'Carla Fontaine', 'Fontaine & Fils', 'carla@fontaine.example', '+33 1 55 55 01 10', 9],
  ['anna', 'Dmitri Aalto', 'Aalto Marine', 'dmitri@aalto.example', '+358 9 555 0123', 22],
  ['ben', 'Esther Nakamura', 'Hoshi Robotics', 'esther@hoshi.example', '+81 3 5550 0142', 27],
  ['anna', 'Farid Rahimi', 'Rahimi Logistics', 'farid@rahimi.example', '+49 40 555 0177', 9],
  ['ben', 'Grace Mbeki', 'Karoo Energy', 'grace.mbeki@karoo.example', '+27 21 555 0155', 7],
  ['anna', 'Hannah Lindqvist', 'Lindqvist Timber', 'hannah@timber.example', '+46 8 555 0191', 14],
  ['mia', 'Ignacio Paredes', 'Andes Foods', 'ignacio@andes.example', '+56 2 5555 0126', 12],
  ['anna', 'Jules Verhoeven', 'Delta Pumps', 'jules@deltapumps.example', '+31 20 555 0168', 18],
  ['mia', 'Keiko Mori', 'Mori Architects', 'keiko@mori.example', '+81 75 555 0113', 16],
  ['ben', 'Liam O’Connor', 'Harbour Clinics', 'liam@harbour.example', '+353 1 555 0184', 11],
  ['mia', 'Mina Haddad', 'Cedar Textiles', 'mina@cedar.example', '+961 1 555 018', 7],
  ['ben', 'Noah Feldman', 'Feldman Optics', 'noah@feldman.example', '+1 617 555 0139', 5],
] as const;
type LeadName = (typeof leads)[number][1];

/**
 * When something is planned: weeks from this one, the day in it (Monday is 1), the time by the clock in
 * Berlin (null: all day), and how long it takes.
 */
export type Slot = [week: number, day: number, at: string | null, minutes: number];

interface Plan {
  who: PersonKey;
  lead: LeadName;
  slot: Slot;
  title: string;
  more?: Partial<
    Pick<NewActivity, 'location' | 'description' | 'recurrence' | 'visibility' | 'show_as'>
  >;
  /** When it was planned for before somebody moved it. */
  movedFrom?: Slot;
}

type Words = [LeadName, string, Plan['more']?, Slot?];

const plan = (who: PersonKey, slot: Slot, [lead, title, more, movedFrom]: Words): Plan => ({
  who,
  slot,
  lead,
  title,
  ...(more && { more }),
  ...(movedFrom && { movedFrom }),
});
const anna = (slot: Slot, ...words: Words) => plan('anna', slot, words);
const ben = (slot: Slot, ...words: Words) => plan('ben', slot, words);
const mia = (slot: Slot, ...words: Words) => plan('mia', slot, words);
const weekly = (rule: string) => ({ recurrence: { rules: [rule] } });

/** What the team has had and has before it: the first talks long ago, then two weeks back, three ahead. */
export const plans: readonly Plan[] = [
  anna([-19, 3, '10:00', 45], 'Dmitri Aalto', 'First call', { location: 'By phone' }),
  anna([-14, 4, '13:00', 90], 'Dmitri Aalto', 'Demonstration of the data export'),
  anna([-15, 2, '11:00', 45], 'Jules Verhoeven', 'First call', { location: 'By phone' }),
  anna([-9, 1, '14:00', 60], 'Jules Verhoeven', 'Offer: first draft', {}, [-10, 4, '14:00', 60]),
  anna([-11, 5, '10:00', 30], 'Hannah Lindqvist', 'First call', { location: 'By phone' }),
  anna([-6, 2, '15:00', 60], 'Hannah Lindqvist', 'Samples: what the mill can deliver'),
  anna([-6, 4, '09:30', 45], 'Farid Rahimi', 'First call', { location: 'By phone' }),
  anna([-5, 1, '15:00', 60], 'Dmitri Aalto', 'Prices for the second year'),
  anna([-4, 4, '10:00', 60], 'Farid Rahimi', 'Call with the head of operations'),
  anna([-3, 2, '15:00', 45], 'Jules Verhoeven', 'Plant tour: who comes, what is shown'),
  anna([-3, 4, '11:00', 60], 'Hannah Lindqvist', 'Tender: what it asks for'),
  ben([-24, 2, '08:30', 45], 'Esther Nakamura', 'First call with Tokyo', { location: 'By video' }),
  ben([-12, 3, '08:30', 60], 'Esther Nakamura', 'Demonstration for the plant', {
    location: 'By video',
  }),
  ben([-8, 1, '14:00', 45], 'Liam O’Connor', 'First call', { location: 'By phone' }),
  mia([-13, 4, '10:00', 60], 'Keiko Mori', 'Introduction'),
  mia([-9, 3, '16:00', 45], 'Ignacio Paredes', 'First call', { location: 'By phone' }),
  mia([-4, 5, '11:00', 45], 'Mina Haddad', 'First call', { location: 'By phone' }),

  anna([-2, 1, '10:00', 45], 'Carla Fontaine', 'First call: what they need', {
    location: 'By phone',
  }),
  anna([-2, 2, '14:00', 90], 'Jules Verhoeven', 'Plant tour', {
    location: 'Delta Pumps, Havenweg 14, Amsterdam',
    description: 'Safety shoes. Ask for Pieter at the gate.',
  }),
  anna([-2, 4, '09:30', 60], 'Farid Rahimi', 'Demonstration of the planning board', {}, [
    -2,
    2,
    '11:00',
    60,
  ]),
  anna([-1, 1, '11:00', 30], 'Hannah Lindqvist', 'Call back about the tender', {
    location: 'By phone',
  }),
  anna([-1, 2, '13:30', 60], 'Carla Fontaine', 'Walk through the offer', {}, [-1, 1, '15:00', 60]),
  anna([-1, 3, '15:00', 45], 'Dmitri Aalto', 'Questions on the data export'),
  anna([-1, 4, '10:00', 120], 'Farid Rahimi', 'Workshop: how shipments are planned', {
    location: 'Rahimi Logistics, Am Kai 7, Hamburg',
  }),
  // A series with each week's progress, and one for each month's figures.
  anna([-7, 2, '09:00', 30], 'Dmitri Aalto', 'Weekly project call', {
    ...weekly('FREQ=WEEKLY;BYDAY=TU'),
    description: 'Open points, risks, next steps.',
  }),
  anna([-5, 3, '11:00', 60], 'Jules Verhoeven', 'Steering committee', {
    ...weekly('FREQ=WEEKLY;INTERVAL=2;BYDAY=WE'),
    location: 'Meeting room Elbe',
  }),
  anna([0, 1, '10:00', 60], 'Farid Rahimi', 'Offer: terms and timetable'),
  anna([0, 1, '15:30', 30], 'Hannah Lindqvist', 'Call about the sample delivery', {
    location: 'By phone',
  }),
  anna([0, 2, '13:00', 90], 'Carla Fontaine', 'Lunch with the Fontaines', {
    location: 'Brasserie Georges, Lyon',
  }),
  anna([0, 3, '14:00', 60], 'Dmitri Aalto', 'Contract review with their lawyers', {}, [
    0,
    2,
    '16:00',
    60,
  ]),
  anna([0, 4, '09:30', 90], 'Carla Fontaine', 'Site visit', {
    location: '12 rue Mercière, Lyon',
    description: 'Bring the two printed offers.',
  }),
  anna([0, 4, '16:00', 45], 'Jules Verhoeven', 'Service level: open questions', {}, [
    0,
    3,
    '11:00',
    45,
  ]),
  anna([0, 5, '10:30', 45], 'Farid Rahimi', 'Decision call', { location: 'By phone' }),
  anna([0, 5, '14:00', 60], 'Hannah Lindqvist', 'Tender: last look before it goes out'),
  anna([1, 1, '11:00', 60], 'Carla Fontaine', 'Kick-off'),
  anna([1, 2, '14:30', 45], 'Hannah Lindqvist', 'Presentation to the board', {
    location: 'Stockholm',
  }),
  anna([1, 3, null, 1], 'Hannah Lindqvist', 'Timber fair', {
    location: 'Stockholmsmässan',
    show_as: 'working-elsewhere',
  }),
  anna([1, 4, '10:00', 60], 'Farid Rahimi', 'Onboarding of the dispatchers', {}, [
    1,
    3,
    '13:00',
    60,
  ]),
  anna([1, 5, '09:00', 45], 'Dmitri Aalto', 'Talk with their new managing director', {
    visibility: 'private',
  }),
  anna([2, 2, '10:30', 60], 'Carla Fontaine', 'First month: what works, what does not'),
  anna([2, 4, '13:00', 120], 'Jules Verhoeven', 'Training at the plant', {
    location: 'Delta Pumps, Havenweg 14, Amsterdam',
  }),
  anna([3, 1, '10:00', 45], 'Farid Rahimi', 'Quarterly review'),

  ben([-2, 3, '10:00', 60], 'Grace Mbeki', 'Introduction'),
  ben([-1, 2, '08:30', 45], 'Esther Nakamura', 'Call with Tokyo', { location: 'By video' }),
  ben([-1, 4, '15:00', 60], 'Liam O’Connor', 'Demonstration for the head nurses'),
  ben([-10, 1, '08:30', 45], 'Esther Nakamura', 'Fortnightly sync with Tokyo', {
    ...weekly('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO'),
    location: 'By video',
  }),
  ben([0, 2, '11:00', 60], 'Grace Mbeki', 'Pilot: scope and price', {}, [0, 1, '11:00', 60]),
  ben([0, 3, '10:00', 60], 'Noah Feldman', 'First call', { location: 'By phone' }),
  ben([0, 4, '13:00', 60], 'Liam O’Connor', 'Data protection: questions of their officer'),
  ben([0, 5, '11:30', 45], 'Esther Nakamura', 'Offer walk-through', { location: 'By video' }),
  ben([1, 2, '09:00', 60], 'Grace Mbeki', 'Pilot kick-off'),
  ben([1, 4, '15:00', 45], 'Noah Feldman', 'Demonstration'),

  mia([-1, 3, '09:00', 60], 'Keiko Mori', 'Drawings and deadlines'),
  mia([0, 1, '13:00', 45], 'Ignacio Paredes', 'Reference call', { location: 'By phone' }),
  mia([0, 3, '16:00', 60], 'Mina Haddad', 'Showroom visit', { location: 'Cedar Textiles, Beirut' }),
  mia([0, 5, '09:30', 60], 'Keiko Mori', 'Offer: second round'),
  mia([1, 3, '10:00', 60], 'Ignacio Paredes', 'Contract signing', {}, [1, 2, '10:00', 60]),
];
