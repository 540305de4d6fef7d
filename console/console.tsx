import {
  Alert,
  AppLayoutToolbar,
  Button,
  Container,
  Header,
  SideNavigation,
  SpaceBetween,
  Tabs,
  TopNavigation,
  type TopNavigationProps,
} from '@cloudscape-design/components';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import { type ComponentType, useCallback, useEffect, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import { Api, type Scope } from './app/api.ts';
import { keep, storedAppearance } from './app/appearance.ts';
import { AppContext } from './app/hooks.ts';
import type { LogInError, Session } from './app/session.ts';
import { languages, loadTexts, type Texts } from './app/texts.ts';
import { GdprPage } from './gdpr-page.tsx';
import { CheckPage, EnginesPage } from './operator-pages.tsx';
import { RequestPage } from './request-page/request-page.tsx';
import { RequestsPage } from './requests-page.tsx';

type Props = { readonly session: Session; readonly refused: LogInError | undefined; readonly texts: Texts };

/** The whole page: who is logged in, tab `APPLIANCE` with its menu (R0), and the page that the address names. */
export function Console({ session, refused, texts: first }: Props) {
  const [texts, setTexts] = useState(first);
  const [isOpen, setIsOpen] = useState(session.isOpen);
  const [wasOpen] = useState(isOpen);
  const [address, go] = useAddress();
  const api = useMemo(() => new Api(session, () => setIsOpen(false)), [session]);
  const requestId = /^#(?:\/requests\/|request=)(.+)$/.exec(address)?.[1]; // `#request=<id>` is in tickets of earlier versions
  const present = requestId ? 'requests' : (PAGE_NAMES.find((name) => address === `#/${name}`) ?? 'gdpr');
  const { Page } = PAGES[present];
  const names = PAGE_NAMES.filter((name) => api.may(PAGES[name].scopes));
  const [isMenuOpen, setIsMenuOpen] = useState(matchMedia('(min-width: 900px)').matches);
  useEffect(() => {
    document.title = texts.say(requestId ? 'title.request' : `title.${present}`);
  }, [texts, requestId, present]);
  const content = (
    <SpaceBetween size="s">
      {session.config.notice && <p lang="en">{session.config.notice}</p>}
      {!isOpen && (
        <Alert
          type="warning"
          header={texts.say('login.over')}
          action={<Button onClick={() => session.logIn()}>{texts.say('login.button')}</Button>}
        >
          {texts.say('login.ended')}
        </Alert>
      )}
      {requestId ? <RequestPage key={requestId} requestId={requestId} /> : <Page />}
    </SpaceBetween>
  );
  return (
    <I18nProvider locale={texts.language} messages={[...texts.components]}>
      <div id="top">
        <TopBar session={session} texts={texts} onLanguage={async (language) => setTexts(await loadTexts(language))} />
      </div>
      {!wasOpen ? (
        <LogInPage texts={texts} session={session} refused={refused} />
      ) : (
        <AppContext value={{ api, texts, go }}>
          <AppLayoutToolbar
            headerSelector="#top"
            toolsHide
            navigationOpen={isMenuOpen}
            onNavigationChange={({ detail }) => setIsMenuOpen(detail.open)}
            navigation={
              <SideNavigation
                activeHref={`#/${present}`}
                header={{ href: GDPR, text: texts.say('menu.title') }}
                items={names.map((name) => ({ type: 'link', href: `#/${name}`, text: texts.say(`menu.${name}`) }))}
              />
            }
            content={
              <Tabs
                ariaLabel={texts.say('menu.title')}
                tabs={[{ id: 'appliance', label: texts.say('menu.tab'), content }]}
              />
            }
          />
        </AppContext>
      )}
    </I18nProvider>
  );
}

type PageName = 'gdpr' | 'requests' | 'engines' | 'check';

/** The menu: the name of a page is its address and its texts. One with scopes is shown to those who have one of them. */
const PAGES: Readonly<Record<PageName, { readonly Page: ComponentType; readonly scopes?: readonly Scope[] }>> = {
  gdpr: { Page: GdprPage },
  requests: { Page: RequestsPage },
  engines: { Page: EnginesPage, scopes: ['gdpr.retrieve', 'gdpr.anonymize', 'gdpr.operate'] },
  check: { Page: CheckPage, scopes: ['gdpr.operate'] },
};
const PAGE_NAMES = Object.keys(PAGES) as PageName[];
const GDPR = '#/gdpr';

/** The address within the page: `#/<page>` or `#/requests/<id>`; nothing else stands there (R24). */
function useAddress(): [address: string, go: (to: string) => void] {
  const [address, setAddress] = useState(location.hash);
  useEffect(() => {
    // at once: of two fast changes each is a visit of its own, which leaves no dialog open
    const read = ({ newURL }: HashChangeEvent) => flushSync(() => setAddress(new URL(newURL).hash));
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const go = useCallback((to: string) => {
    location.hash = to;
    setAddress(to); // a dialog may have written the same address before
  }, []);
  return [address, go];
}

function LogInPage({ texts, session, refused }: { texts: Texts; session: Session; refused: LogInError | undefined }) {
  return (
    <main className="log-in">
      <Container header={<Header variant="h1">{texts.say('login.title')}</Header>}>
        <SpaceBetween size="m">
          {refused && (
            <div role="alert">
              <Alert type="error" header={texts.say(refused.message ? 'login.refused' : 'login.away')}>
                <p lang="en">{refused.message || session.config.issuer}</p>
              </Alert>
            </div>
          )}
          <p>{texts.say('login.text')}</p>
          <Button variant="primary" onClick={() => session.logIn().catch(() => location.reload())}>
            {texts.say('login.button')}
          </Button>
        </SpaceBetween>
      </Container>
    </main>
  );
}

type TopProps = { session: Session; texts: Texts; onLanguage: (code: string) => void };

/** Whose console it is, who is logged in with which scopes, and how the page looks. */
function TopBar({ session, texts, onLanguage }: TopProps) {
  const [{ mode, dense }, setAppearance] = useState(storedAppearance);
  const { name, id, scopes = [] } = session.person;
  const otherMode = mode === 'dark' ? 'light' : 'dark';
  const look = (change: string) =>
    setAppearance(keep(change === 'mode' ? { mode: otherMode, dense } : { mode, dense: !dense }));
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'menu-dropdown',
      iconName: 'settings',
      ariaLabel: texts.say('look.title'),
      title: texts.say('look.title'),
      items: [
        { id: 'mode', text: texts.say(`look.${otherMode}`) },
        { id: 'dense', text: texts.say(dense ? 'look.comfortable' : 'look.compact') },
      ],
      onItemClick: ({ detail }) => look(detail.id),
    },
    {
      type: 'menu-dropdown',
      iconName: 'globe',
      text: languages.find(({ code }) => code === texts.language)?.name ?? texts.language,
      items: languages.map(({ code, name: language }) => ({ id: code, text: language })),
      onItemClick: ({ detail }) => onLanguage(detail.id),
    },
  ];
  if (session.isOpen) {
    const held = scopes.map((scope) => ({ id: scope, text: scope, disabled: true }));
    utilities.push({
      type: 'menu-dropdown',
      iconName: 'user-profile',
      text: name ?? id ?? texts.say('login.somebody'),
      items: [
        { id: 'scopes', text: texts.say('login.scopes'), items: held },
        { id: 'log-out', text: texts.say('login.out') },
      ],
      onItemClick: ({ detail }) => void (detail.id === 'log-out' && session.logOut()),
    });
  }
  const title = [session.config.company, texts.say('title.gdpr')].filter(Boolean).join(' – ');
  return <TopNavigation identity={{ href: GDPR, title }} utilities={utilities} />;
}
