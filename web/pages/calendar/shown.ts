import { useLocalStorage } from '@mantine/hooks';

/** Which calendars are hidden and which colleagues shown, remembered in this browser for this person. */
interface Choice {
  /** Ids of calendars, and `HERE` for events that are in none. */
  hidden: string[];
  /** Ids of colleagues. */
  people: string[];
  /** Whether all that is chosen from stands beside the grid; null: as there is room. */
  isBeside: boolean | null;
}

/** Stands for the calendar of what is nowhere but in Kalends. */
export const HERE = 'here';

/** So many colleagues are looked at together; more could not be told apart. */
export const PEOPLE_MAX = 5;

const nothingChosen: Choice = { hidden: [], people: [], isBeside: null };

export function useShown(userId: string) {
  const [choice, setChoice] = useLocalStorage<Choice>({
    key: `kalends.calendar.${userId}`,
    defaultValue: nothingChosen,
    getInitialValueInEffect: false,
    deserialize: readChoice,
  });
  const toggle = (list: 'hidden' | 'people', id: string) =>
    setChoice((before) => ({
      ...before,
      [list]: before[list].includes(id)
        ? before[list].filter((one) => one !== id)
        : [...before[list], id],
    }));
  const setBeside = (isBeside: boolean) => setChoice((before) => ({ ...before, isBeside }));
  return { ...choice, toggle, setBeside };
}

/** What is stored may be of an older version, or anybody's. */
function readChoice(text: string | undefined): Choice {
  try {
    const value = JSON.parse(text ?? '') as Partial<Record<keyof Choice, unknown>> | null;
    const list = (name: 'hidden' | 'people') =>
      Array.isArray(value?.[name])
        ? (value[name] as unknown[]).filter((one): one is string => typeof one === 'string')
        : [];
    return {
      hidden: list('hidden'),
      people: list('people').slice(0, PEOPLE_MAX),
      isBeside: typeof value?.isBeside === 'boolean' ? value.isBeside : null,
    };
  } catch {
    return nothingChosen;
  }
}
