import type { InformationSheet } from '../settings.ts';

/** One line of the sheet: its heading, the person who can fill it in, the article that requires it. */
interface Question {
  readonly field: keyof InformationSheet;
  readonly heading: string;
  readonly by: string;
  readonly article: string;
  /** Answer when nothing is configured. */
  readonly otherwise?: string;
}

const QUESTIONS: readonly Question[] = [
  { field: 'controller', heading: 'Controller', by: 'the company', article: 'Art. 13(1)(a)' },
  { field: 'contact', heading: 'Contact for questions', by: 'the company', article: 'Art. 13(1)(a)' },
  {
    field: 'dataProtectionOfficer',
    heading: 'Data protection officer',
    by: 'the company',
    article: 'Art. 13(1)(b)',
  },
  { field: 'purposes', heading: 'Purposes', by: 'the data protection officer', article: 'Art. 15(1)(a)' },
  { field: 'legalBasis', heading: 'Legal basis', by: 'the legal department', article: 'Art. 13(1)(c)' },
  { field: 'recipients', heading: 'Recipients', by: 'the data protection officer', article: 'Art. 15(1)(c)' },
  {
    field: 'transfers',
    heading: 'Transfers to third countries and their safeguards',
    by: 'the data protection officer',
    article: 'Art. 15(2)',
  },
  { field: 'retention', heading: 'How long it is kept', by: 'the administrator', article: 'Art. 15(1)(d)' },
  {
    field: 'rights',
    heading: 'Your rights',
    by: 'the legal department',
    article: 'Art. 15(1)(e)',
    otherwise:
      'You may ask the controller to correct or erase your data or to restrict their processing, and you may object to it.',
  },
  {
    field: 'supervisoryAuthority',
    heading: 'Supervisory authority',
    by: 'the legal department',
    article: 'Art. 15(1)(f)',
    otherwise: 'You may complain to a supervisory authority, such as the one where you live or work.',
  },
  {
    field: 'source',
    heading: 'Where the data come from',
    by: 'the administrator',
    article: 'Art. 15(1)(g)',
    otherwise: 'Recorded by the Nexthink Collector on company devices, with names and departments from the directory.',
  },
  {
    field: 'automatedDecisions',
    heading: 'Automated decisions and profiling',
    by: 'the data protection officer',
    article: 'Art. 15(1)(h)',
  },
];

/** One line of the information sheet. `answer` may be a blank that names the person to fill it in. */
interface InformationLine {
  readonly heading: string;
  readonly article: string;
  readonly answer: string;
  readonly blank: boolean;
}

/** The information that goes with a copy of the data. Source: GDPR Art. 13 and 15. */
export const informationLines = (sheet: InformationSheet): InformationLine[] =>
  QUESTIONS.map(({ field, heading, by, article, otherwise }) => {
    const answer = sheet[field] ?? otherwise;
    return { heading, article, answer: answer ?? `____ (to be filled in by ${by})`, blank: answer === undefined };
  });
