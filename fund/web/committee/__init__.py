"""The committee: its sessions, their agenda, and the room in which it decides.

/comite                                    the sessions
/comite/nouvelle                           plan one
/comite/<reference>                        one session: agenda, envelope, members
/comite/<reference>/modifier               its date, place, rules and members
/comite/<reference>/ordre-du-jour          put files on the agenda, sort it, move and take off a file
/comite/<reference>/dossiers/<file>        read one file, and propose what to decide
/comite/<reference>/calendrier.ics         the event for a calendar
/comite/<reference>/dossier.pdf            the papers of the session, for the one who asks
/comite/<reference>/seance                 the room, live: presence, votes, notes
/comite/<reference>/seance/etat            what the room shows now, asked for every other second
"""

from fund.web.committee import acts, agenda_page, item, papers, planning, room, show
from fund.web.committee.own import blueprint

__all__ = ["acts", "agenda_page", "blueprint", "item", "papers", "planning", "room", "show"]
