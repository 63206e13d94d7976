// A wording stands on one line, so that it can be read and compared as it is spoken.
// swift-format-ignore-file: LineLength

extension EnglishWordings {
    static let answers: [String: [String]] = [
        "answer_corrected": [
            "Done: I have put that right, and what follows uses the new figure.",
            "Thank you, that is corrected, and I went through it all again.",
        ],
        "answer_day.flat": ["The latest day hardly moved a thing."],
        "answer_suit.fit": ["Held against your {profile} profile, nothing here is above it."],
        "answer_suit.over": ["Held against your {profile} profile, part of it goes beyond."],
        "answer_suit.unknown": ["Whether it suits you depends on your risk profile, which I don't know yet."],
        "answer_thanks": ["You're very welcome.", "My pleasure."],
        "answer_test": ["Your test arrived, and I looked at your holdings too.", "Test received, all well here."],
        "answer_forecast": [
            "Where prices go next, nobody knows, so I won't guess; I can only measure how a bad patch would feel.",
            "I can't see ahead, and I won't pretend to; what I can do is size a bad patch.",
        ],
        "answer_risk.low": [
            "On risk: it is on the low side, the kind that lets you sleep.", "To your question: the risk looks low.",
        ],
        "answer_risk.medium": [
            "On risk: it is middling, with some sway but no drama.", "To your question: the risk is moderate.",
        ],
        "answer_risk.high": [
            "On risk: it is on the high side, and falls would be felt.",
            "To your question: yes, the risk is fairly high.",
        ],
        "answer_risk.very_high": [
            "On risk, honestly: it is high, and a bad patch would hurt.",
            "To your question, honestly: the risk is high.",
        ],
        "answer_risk.unknown": ["On risk, my data are too thin for a verdict, so here is what I can see."],
        "answer_loss.none": ["Good news: where I can see a cost, nothing is at a loss."],
        "answer_loss.one": ["Only one of them is at a loss.", "Just one of them is under water."],
        "answer_loss.some": [
            "{losers} holdings are at a loss; let's take the main one first.",
            "~A few are at a loss; let's take the main one first.",
        ],
        "answer_loss.all": [
            "All of them are at a loss right now, and that is hard to look at.",
            "Each of them is at a loss right now, so no rush to decide.",
        ],
        "answer_cost": [
            "I can't see what you paid, so I'll say nothing about profit.",
            "Without your costs I can't tell the profit.",
        ],
        "answer_concentration.yes": [
            "To your question: yes, it is concentrated.", "You have a point: too much sits in one place.",
        ],
        "answer_concentration.no": [
            "To your question: it is spread well enough.", "No worry there: the money is spread well.",
        ],
        "answer_adjust.some": [
            "No need to turn it all over; one place matters most.", "If you change anything, start with one place.",
        ],
        "answer_adjust.none": [
            "By my rules nothing is pressing right now.", "I went through my rules and nothing is pressing.",
        ],
        "answer_day": ["The day's moves are not in your data, so I won't guess them."],
        "answer_fees": [
            "Fees are not in your data, so I won't quote any; your platform lists them.",
            "I can't see the fees; your platform's rules have them.",
        ],
        "answer_benchmark": [
            "I have no index to compare with yet, so no verdict on the market.",
            "Without an index to compare with, I'll leave the market out.",
        ],
        "answer_holding.gain": [
            "Your {group} come to {amount}, {share} of the money, up {pl}.", "~Your {group} come to {amount}, up {pl}.",
            "{name} is worth {amount}, {share} of the money, up {pl}.", "~{name} is worth {amount}, up {pl}.",
        ],
        "answer_holding.loss": [
            "Your {group} come to {amount}, {share} of the money, down {pl}; minding that is natural.",
            "~Your {group} come to {amount}, down {pl}.",
            "{name} is worth {amount}, {share} of the money, down {pl}; minding that is natural.",
            "~{name} is worth {amount}, down {pl}; minding that is natural.",
        ],
        "answer_holding.plain": [
            "Your {group} come to {amount}, {share} of the money.", "~Your {group} come to {amount}.",
            "{name} is worth {amount}, {share} of the money.", "~{name} is worth {amount}.",
        ],
        "answer_not_held": [
            "I don't see {thing} among your holdings, so I can't work that one out.",
            "There is no sign of {thing} in your holdings, so I'll leave that sum alone.",
        ],
    ]

    static let whatIf: [String: [String]] = [
        "what_if_now.gain": [
            "Your {group} come to {amount}, {share} of the money, with a gain of {pl}.",
            "~Your {group} come to {amount}, with a gain of {pl}.",
            "{name} is worth {amount}, {share} of the money, with a gain of {pl}.",
            "~{name} is worth {amount}, with a gain of {pl}.",
        ],
        "what_if_now.loss": [
            "Your {group} come to {amount}, {share} of the money, down {pl}, so doubts are natural.",
            "~Your {group} come to {amount}, down {pl}.",
            "{name} is worth {amount}, {share} of the money, down {pl}, so doubts are natural.",
            "~{name} is worth {amount}, down {pl}, so doubts are natural.",
        ],
        "what_if_now.plain": [
            "Your {group} come to {amount}, {share} of the money.", "~Your {group} come to {amount}.",
            "{name} is worth {amount}, {share} of the money.", "~{name} is worth {amount}.",
        ],
        "what_if_done.sell": [
            "Sell {part} and about {moved} turns into cash, leaving {after} of the money there.",
            "Selling {part} frees about {moved} and takes the share to {after}.",
            "~Selling {part} frees about {moved}.",
        ],
        "what_if_done.sell_example": [
            "Take selling {part}: about {moved} turns into cash, leaving {after} of the money there.",
            "Say you sold {part}: that frees {moved} and takes the share to {after}.",
            "~Say you sold {part}: that frees about {moved}.",
        ],
        "what_if_done.sell_bit": [
            "Let a bit be {part}: about {moved} turns into cash, leaving {after} of the money there.",
            "~Let a bit be {part}: that frees about {moved}.",
        ],
        "what_if_done.sell_all": [
            "Selling all of it would turn {moved} into cash.", "Sell it all and {moved} comes back to you.",
        ],
        "what_if_done.move": [
            "Moving {part}, about {moved}, takes it to {after} and {to} to {toAfter}.",
            "~Moving {part} puts about {moved} into {to}.",
        ],
        "what_if_done.move_example": [
            "Say you moved {part}, about {moved}: it goes to {after} and {to} to {toAfter}.",
            "~Say you moved {part}: about {moved} goes into {to}.",
        ],
        "what_if_done.buy": ["Adding {moved} would take it to {after}.", "~Adding {moved} would make it weigh more."],
        "what_if_done.buy_example": [
            "Say you added {moved}: it would grow to {after}.", "~Say you added {moved}: it would weigh more.",
        ],
        "what_if_done.fall": [
            "If {it} fell {part}, you would be {moved} poorer, or {loss} of the account.",
            "~If {it} fell {part}, you would be {moved} poorer.",
        ],
        "what_if_done.fall_example": [
            "Measured with a fall of {part}, that would cost {moved}, or {loss} of the account.",
            "~Measured with a fall of {part}, that would cost {moved}.",
        ],
        "what_if_realised.gain": [
            "It would also make {realised} of profit real.", "{realised} of gain would be in your pocket.",
        ],
        "what_if_realised.loss": [
            "It would also make {realised} of loss final, so be at peace with that first.",
            "The price: {realised} of loss becomes final.",
        ],
        "what_if_scenario.less": [
            "In my bad-patch scenario the account would lose {lossAfter} instead of {lossBefore}.",
            "The same bad patch would then cost {lossAfter}, not {lossBefore}.",
        ],
        "what_if_scenario.more": [
            "In my bad-patch scenario the account would lose {lossAfter} instead of {lossBefore}.",
            "The same bad patch would then cost {lossAfter}, not {lossBefore}.",
        ],
        "what_if_scenario.same": ["In a bad patch the account would lose about {lossAfter} either way."],
        "what_if_thought.sell_gain": [
            "If you want calmer days, selling in steps is one option; if it is there to spread risk, keeping it is fine.",
            "It depends on the aim: for calm, one option is to sell in steps; to stay with it, no need to force yourself.",
        ],
        "what_if_thought.sell_loss": [
            "If the reason you bought it is gone, leaving in steps is one option; if it still holds, waiting is no shame.",
            "Ask yourself whether you would buy it today; if not, leaving in steps is one option.",
        ],
        "what_if_thought.sell_bond": [
            "Still, it is the calm part, so the rest would sway more; one option is to go in steps.",
            "Bonds are the ballast, so first think where the cash goes; steps are one option.",
        ],
        "what_if_thought.sell_money": [
            "It hardly moves anyway, so selling it calms nothing unless you need the cash.",
            "That is your reserve, so it is the easiest part to use when you need cash.",
        ],
        "what_if_thought.buy": [
            "If you like, adding in steps is one option; mind that one pile doesn't grow too tall.",
            "Adding in several steps is one option, so that no single day matters much.",
        ],
        "what_if_thought.buy_loss": [
            "Adding to a loss deserves a pause: belief in it, or only the wish to be even?",
            "Before adding to a loss, one option is to set yourself a cap and go in steps.",
        ],
        "what_if_thought.fall": [
            "That is a what-if, not a forecast; if the sum feels too heavy, one option is a smaller share.",
            "It may never happen; but if that figure would cost you sleep, one option is to hold less.",
        ],
        "what_if_thought.move": [
            "Whether it pays depends on calm or pace; moving in steps is one option, and mind the fees.",
            "The account's temper changes with it; one option is to go in steps, minding the fees.",
        ],
    ]

    static let actions: [String: [String]] = [
        "confirm": [
            "A few figures were hard to read, so one option is to check them before anything else.",
            "Before any change, one option is to check the figures; a few were hard to read.",
        ],
        "move.between_target": [
            "To be nearer your own targets, one option: move {amount} from {from} to {to}, taking the first from {before} to {after}.",
            "~For your own targets, one option: move {amount} from {from} to {to}.",
            "~For your own targets, one option: move some money from {from} to {to}.",
        ],
        "move.between_profile": [
            "Closer to your profile, one option: move {amount} from {from} to {to}, taking the first from {before} to {after}.",
            "~Closer to your profile, one option: move {amount} from {from} to {to}.",
            "~One option: move some money from {from} to {to}.",
        ],
        "move.between_spread": [
            "For a wider spread, one option: move {amount} from {from} to {to}, taking the first from {before} to {after}.",
            "One tidy option: shift {amount} from {from} into {to}, so the first goes from {before} to {after}.",
            "~One option: move {amount} from {from} to {to}.", "~One option: move some money from {from} to {to}.",
        ],
        "move.out": [
            "One option: take {amount} out of {from}, from {before} to {after}.",
            "~One option: take {amount} out of {from}.",
        ],
        "move.in": [
            "One option: put the new {amount} into {to}, from {before} to {after}.",
            "~One option: put the new {amount} into {to}.",
        ],
        "more_trades": ["No need to do it all at once.", "Small steps are fine."],
        "hold": ["A loss on paper leaves time to think.", "There is no hurry to decide on a sore day."],
        "worst_thought": [
            "With {name}, first see whether the market fell or the fund itself changed.",
            "For {name}, one option is to find out why it fell before deciding.",
        ],
        "new_money": [
            "New money could go to the thin side first, so nothing has to be sold.",
            "If you add money, the thin side could come first.",
        ],
        "set_aside.have": [
            "Money you need soon can stay in the money fund.",
            "What you need soon is fine where it is, in the money fund.",
        ],
        "set_aside.none": [
            "Money you need soon could sit apart, in a money fund.",
            "One option is to keep what you need soon in a money fund.",
        ],
        "no_hurry": [
            "Nothing needs doing now; looking again in a while is enough.",
            "You could leave it as it is and look again in a while.",
        ],
    ]

    static let gaps: [String: [String]] = [
        "gap_dropped": [
            "A few rows I could not read are not counted.", "Some rows were unreadable, so they are left out.",
        ],
        "gap_currency": ["Without exchange rates I did not add the currencies up."],
        "gap_cost.some": [
            "Some costs are missing, so the profit covers only part.",
            "Where I could not see a cost, I left the profit out.",
        ],
        "gap_cost.all": [
            "I can't see what you paid, so profit is left out.", "Without your costs I left the profit out.",
        ],
        "gap_nav.none": [
            "Without price history I left out swings and past falls.",
            "I have no price history, so nothing on past swings.",
        ],
        "gap_nav.short": [
            "The price history is too short for past swings.", "There is too little price history to speak of swings.",
        ],
        "gap_profile": [
            "I don't know your risk profile, so I can't say if it suits you.",
            "Whether it suits you I can't say without a risk profile.",
        ],
        "gap_benchmark": ["I had no index to compare with.", "There was no index to hold it against."],
        "offer.cost": [
            "Send me your costs and a price history, and I can say more.",
            "With your costs I could tell you how much you made.",
        ],
        "offer.history": [
            "With a price history I could say more next time.", "If you send a price history, I can look deeper.",
        ],
        "gap_inferred": [
            "I told the kinds from the names; correct me if one is off.",
            "The kinds are read from the names, so tell me if one is wrong.",
        ],
        "invite": [
            "If you wonder what selling or adding a bit would do, just ask.",
            "Ask me about any one of them, or try a what-if.",
        ],
        "invite.again": ["If you would like to try another size, just say so.", "Another figure to try? Just ask."],
        "no_hurry+": [
            "Before any change, think when the money is needed.",
            "When you know what the money is for, we can look closer.",
        ],
        "ask_back.dropped": ["Could you send those rows again?", "Would you type those rows for me?"],
        "ask_back.others": ["Is that the only one you hold?", "Do you hold anything else?"],
        "ask_back.others+": ["The fuller the picture, the better the answer."],
        "ask_back.profile": ["Have you taken a risk questionnaire?", "Do you know your risk profile?"],
        "ask_back.purpose": ["What was the plan when you bought?", "Will you need this money soon?"],
        "ask_back.fall": ["Would you sit through that, or sell?", "Does that figure worry you?"],
        "ask_back.horizon": ["How long can this money stay invested?", "Which one worries you most?"],
        "ask_back.preference": [
            "Would you rather lose less or earn more?", "How long can this money stay invested?",
            "Is there one you are unsure about?",
        ],
    ]

    /// Without a portfolio: the first sentence takes up what was asked, the second asks for the holdings.
    static let requests: [String: [String]] = [
        "greeting": [
            "Hello, I'm Xiaomei, and it's lovely to meet you.", "Hi there, I'm Xiaomei. Nice of you to drop by.",
        ],
        "test": [
            "Your test arrived. I'm Xiaomei, and the line is clear.",
            "Test received, loud and clear. I'm Xiaomei, ready when you are.",
        ],
        "thanks": [
            "You're very welcome. I'm Xiaomei, always happy to help.",
            "My pleasure. I'm Xiaomei, here whenever you need me.",
        ],
        "risk": [
            "Hello, I'm Xiaomei. Minding the risk is a good habit, but I haven't seen your holdings yet, and I won't guess.",
            "Hi, I'm Xiaomei. How risky it is depends on what you hold and how much, and I haven't seen that yet.",
        ],
        "loss": [
            "Hello, I'm Xiaomei. Losses sting, so let's look at them calmly together.",
            "Hi, I'm Xiaomei. I'm sorry it hurts right now; let's sort it out step by step.",
        ],
        "profit": [
            "Hello, I'm Xiaomei. To tell you how you are doing, I need to see what you hold.",
            "Hi, I'm Xiaomei. I'd love to work out your returns; only the holdings are missing.",
        ],
        "adjust": [
            "Hello, I'm Xiaomei. Before changing anything, I'd like to see how things are now.",
            "Hi, I'm Xiaomei. Advice without a look at your holdings would only be noise.",
        ],
        "forecast": [
            "Hello, I'm Xiaomei. I can't see where prices go, but I can show how a fall would feel in your account.",
            "Hi, I'm Xiaomei. Nobody knows what comes next; how your holdings would bear it can be measured, though.",
        ],
        "other": [
            "Hello, I'm Xiaomei. I hear you, but I haven't seen your holdings yet.",
            "Hi, I'm Xiaomei. To say something useful, I'd need a look at your holdings first.",
        ],
        "unreadable": [
            "Hello, I'm Xiaomei. What you sent arrived, but I couldn't find any holdings in it.",
            "Hi, I'm Xiaomei. I looked at it twice and still couldn't make out funds and amounts.",
        ],
        "ask": [
            "Could you send me a screenshot of them, or a file? Names and amounts are enough.",
            "A screenshot of your holdings or a small file will do, as long as it shows names and amounts.",
            "Just send a screenshot or a file with the names and the amounts.",
        ],
        "promise": [
            "I'll look at where the money sits, what helps and what hurts, and whether anything is worth changing.",
            "Then I'll add it all up, see what earned and what lost, and tell you in plain words.",
            "I'll tell you how you stand, where too much sits in one place, and how a bad patch would feel.",
        ],
        "close": ["No rush, whenever it suits you.", "I'll be right here 😊", "Take your time."],
    ]
}
