import type { InformationSheet } from '../settings.ts';

/** Heading of a line, the person who can fill it in, the article that requires it, and the answer when nothing is configured. */
type Question = readonly [heading: string, by: string, article: string, otherwise?: string];

const QUESTIONS: Readonly<Record<keyof InformationSheet, Question>> = {
  controller: ['Controller', 'the company', 'Art. 13(1)(a)'],
  contact: ['Contact for questions', 'the company', 'Art. 13(1)(a)'],
  dataProtectionOfficer: ['Data protection officer', 'the company', 'Art. 13(1)(b)'],
  purposes: ['Purposes', 'the data protection officer', 'Art. 15(1)(a)'],
  legalBasis: ['Legal basis', 'the legal department', 'Art. 13(1)(c)'],
  recipients: ['Recipients', 'the data protection officer', 'Art. 15(1)(c)'],
  transfers: ['Transfers to third countries and their safeguards', 'the data protection officer', 'Art. 15(2)'],
  retention: ['How long it is kept', 'the administrator', 'Art. 15(1)(d)'],
  rights: [
    'Your rights',
    'the legal department',
    'Art. 15(1)(e)',
    'You may ask the controller to correct or erase your data or to restrict their processing, and you may object to it.',
  ],
  supervisoryAuthority: [
    'Supervisory authority',
    'the legal department',
    'Art. 15(1)(f)',
    'You may complain to a supervisory authority, such as the one where you live or work.',
  ],
  source: [
    'Where the data come from',
    'the administrator',
    'Art. 15(1)(g)',
    'Recorded by the Nexthink Collector on company devices, with names and departments from the directory.',
  ],
  automatedDecisions: ['Automated decisions and profiling', 'the data protection officer', 'Art. 15(1)(h)'],
};

/** The information that goes with a copy of the data; a blank names the person to fill it in. Source: GDPR Art. 13 and 15. */
export const informationLines = (sheet: InformationSheet): string[] =>
  Object.entries(QUESTIONS).map(([field, [heading, by, article, otherwise]]) => {
    const answer = sheet[field as keyof InformationSheet] ?? otherwise ?? `____ (to be filled in by ${by})`;
    return `${heading} (${article}): ${answer}`;
  });
