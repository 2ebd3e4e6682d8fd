import { playPart } from './play-part.ts';

playPart(3, 4);
