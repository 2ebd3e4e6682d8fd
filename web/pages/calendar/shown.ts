import { useLocalStorage } from '@mantine/hooks';

/** Which calendars are hidden and which colleagues shown, remembered in this browser for this person. */
interface Choice {
  /** Ids of calendars, and `HERE` for events that are in none. */
  hidden: string[];
  /** Ids of colleagues. */
  people: string[];
}

/** Stands for the calendar of what is nowhere but in Kalends. */
export const HERE = 'here';

/** So many colleagues are looked at together; more could not be told apart. */
export const PEOPLE_MAX = 5;

export function useShown(userId: string) {
  const [choice, setChoice] = useLocalStorage<Choice>({
    key: `kalends.calendar.${userId}`,
    defaultValue: { hidden: [], people: [] },
    getInitialValueInEffect: false,
    deserialize: readChoice,
  });
  const toggle = (list: keyof Choice, id: string) =>
    setChoice((before) => ({
      ...before,
      [list]: before[list].includes(id)
        ? before[list].filter((one) => one !== id)
        : [...before[list], id],
    }));
  return { ...choice, toggle };
}

/** What is stored may be of an older version, or anybody's. */
function readChoice(text: string | undefined): Choice {
  try {
    const value = JSON.parse(text ?? '') as Partial<Record<keyof Choice, unknown>> | null;
    const list = (name: keyof Choice) =>
      Array.isArray(value?.[name])
        ? (value[name] as unknown[]).filter((one): one is string => typeof one === 'string')
        : [];
    return { hidden: list('hidden'), people: list('people').slice(0, PEOPLE_MAX) };
  } catch {
    return { hidden: [], people: [] };
  }
}
