import '../support/judge-exchanges.ts';
import { playPart } from './play-part.ts';

playPart(0, 4);
