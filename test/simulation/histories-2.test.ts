import { playPart } from './play-part.ts';

playPart(1, 4);
