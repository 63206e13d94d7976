// A wording stands on one line, so that it can be read and compared as it is spoken.
// swift-format-ignore-file: LineLength

/// What the facts sound like in English: short, because 600 characters are a hundred words.
///
/// A wording is used where all its `{slots}` have a value; one that begins with `~` only where no other fits.
enum EnglishWordings {
    static let all = head.merging(answers) { $1 }.merging(whatIf) { $1 }.merging(good) { $1 }
        .merging(context) { $1 }.merging(concerns) { $1 }.merging(actions) { $1 }.merging(gaps) { $1 }

    private static let head: [String: [String]] = [
        "head.gain": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total}, up {pl} or {rate} on what you paid.",
            "Hi, this is Xiaomei. Good news first: {count} holdings, {total} in all, and a gain of {pl}, or {rate}.",
            "Hello, it's Xiaomei. Your holdings come to {total}, {pl} ahead, which is {rate}.",
            "Hi, Xiaomei here, I have your holdings: {total} in all, up {pl} or {rate}.",
            "~Hello, Xiaomei here. Your holdings are worth {total}, up {pl} on what you paid.",
        ],
        "head.loss": [
            "Hello, Xiaomei here. A red account is no fun, so let's go gently: {count} holdings, {total}, down {pl} or {rate}.",
            "Hi, this is Xiaomei. I know losses sting. Your {count} holdings are worth {total}, down {pl} or {rate}.",
            "~Hi, this is Xiaomei. I know losses sting. Your holdings are worth {total}, down {pl}.",
        ],
        "head.partial_gain": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total}; where I can see a cost, you are up {pl} or {rate}."
        ],
        "head.partial_loss": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total}; where I can see a cost, you are down {pl}, and that stings."
        ],
        "head.even_gain": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total}, a touch above what you paid: {pl}."
        ],
        "head.even_loss": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total}, only {pl} short of what you paid."
        ],
        "head.plain": [
            "Hello, Xiaomei here. Your {count} holdings are worth {total} together.",
            "Hi, this is Xiaomei. I looked through your {count} holdings: {total} in all.",
        ],
        "head.mixed": [
            "Hello, Xiaomei here. Your {count} holdings are in different currencies, and without exchange rates I won't pretend to a total.",
            "Hi, this is Xiaomei. Your {count} holdings mix currencies and I have no rates, so I'll take them one at a time.",
        ],
        "head_one.gain": [
            "Hello, Xiaomei here. Your {name} is worth {total}, up {pl} or {rate} on what you paid.",
            "Hi, this is Xiaomei. Good news first: {name} stands at {total}, a gain of {pl}, or {rate}.",
        ],
        "head_one.loss": [
            "Hello, Xiaomei here. I know losses sting. Your {name} is worth {total}, down {pl} or {rate}.",
            "Hi, this is Xiaomei. A loss is no fun, so let's go gently: {name} stands at {total}, down {pl} or {rate}.",
        ],
        "head_one.even_gain": ["Hello, Xiaomei here. Your {name} is worth {total}, a touch above what you paid: {pl}."],
        "head_one.even_loss": ["Hello, Xiaomei here. Your {name} is worth {total}, only {pl} short of what you paid."],
        "head_one.plain": [
            "Hello, Xiaomei here. Your {name} is worth {total}.", "Hi, this is Xiaomei. I see {name}, worth {total}.",
        ],
        "head_follow": ["Good question.", "Let me look again.", "Happy to go on."],
        "head_ask": [
            "Hello, Xiaomei here, and I have your holdings.", "Hi, this is Xiaomei. Let's start with what you asked.",
        ],
        "total.gain": [
            "The whole account stands at {total}, up {pl}.", "All in, you have {total}, a gain of {pl}.",
        ],
        "total.loss": [
            "The whole account stands at {total}, down {pl}.", "Everything together is {total}, down {pl}.",
        ],
        "total.plain": ["The whole account stands at {total}.", "Everything together is {total}."],
    ]

    private static let good: [String: [String]] = [
        "best": [
            "{name} has done the most work, with {pl} of profit.", "Your best helper is {name}, up {pl}, or {rate}.",
            "Most of the good came from {name}: {pl}.",
        ],
        "best.only": ["{name} is the one in profit, by {pl}.", "{name} is holding its head up, with {pl} of profit."],
        "all_win": ["Nicely, not one of them is at a loss.", "Every one of them is in profit, which is rare."],
        "winners": ["{winners} holdings are in profit, {losers} at a loss: more goes right than wrong."],
        "benchmark_ahead": [
            "Against {name} it is ahead by {excess}.", "Over the same time it beat {name} by {excess}.",
        ],
        "day_gain": ["The latest day added {pl}.", "On the latest day you gained {pl}."],
        "recovered": [
            "That old hole was filled again, with patience.", "It did climb out of its deepest hole, in time.",
        ],
        "cushion": [
            "The {share} in money funds is a good cushion.", "The money fund is a cushion you can reach at any time.",
        ],
        "calm_base": ["Bonds make a steady base.", "With bonds as the base, it should sway rather than lurch."],
        "calm_base.both": [
            "Bonds and money funds make a steady base.", "The base of bonds and money funds is a calm one.",
        ],
        "spread": [
            "The money is spread well; no one holding runs the show.", "It is spread nicely, with no single boss.",
        ],
    ]

    private static let context: [String: [String]] = [
        "mix": [
            "Most of it, {share}, is in {class}; the rest is in {others}.",
            "~Most of it is in {class}; the rest is in {others}.",
        ],
        "mix.even": [
            "It is spread out; the biggest part, {share}, is in {class}, the rest in {others}.",
            "~It is spread out, mostly over {class} and {others}.",
        ],
        "mix.money": [
            "All of it is in {class}, an easy way to keep it.", "Everything sits in {class}, within easy reach.",
        ],
        "mix.unknown": [
            "The biggest part, {share}, is of a kind I don't recognise; tell me and I can be more precise.",
            "~The biggest part is of a kind I don't recognise; tell me and I can say more.",
        ],
        "mix.unknown_one": ["I don't recognise what kind it is; tell me and I can be more precise."],
        "item": ["{name} stands at {amount}."],
        "item.gain": ["{name} stands at {amount}, up {pl}.", "{name} is worth {amount}, with a gain of {pl}."],
        "item.loss": [
            "{name} stands at {amount}, down {pl}, which is hard to overlook.",
            "{name} is worth {amount}, down {pl}; minding that is natural.",
        ],
        "remark.1": [
            "With an account, understanding it beats watching it.",
            "A look now and then is enough; daily looks only tire.",
        ],
        "remark.2": ["It helps to note why you bought each one.", "A line on why you bought it is useful later."],
        "remark.3": [
            "When the money is needed matters more than most things.",
            "Knowing when you need the money makes the rest easier.",
        ],
        "remark.4": [
            "Money is there for an easier life, not the other way round.",
            "Sleeping well is worth more than a busy account.",
        ],
        "remark.5": ["No question is a silly one, so ask away.", "When in doubt, a pause costs nothing."],
        "mix.one": [
            "All of it is in {class}, for better and worse.", "Everything sits in {class}, so it all moves together.",
        ],
        "nature.bond": [
            "Bonds move slowly, with a small slip now and then.",
            "Bonds are the quiet ones, though they slip at times.",
        ],
        "nature.money": [
            "Money funds grow slowly; their gift is easy access.",
            "A money fund is dull in the best way: it is there when needed.",
        ],
        "nature.equity": [
            "Stock funds go where the market goes, up and down.",
            "The stock funds are the lively part, in both directions.",
        ],
        "nature.gold": [
            "Gold keeps its own rhythm, which helps, though it sways too.",
            "Gold often marches out of step with stocks, but it wobbles too.",
        ],
        "nature.commodity": [
            "Commodities swing a lot; they suit a supporting role.",
            "Commodities are moody, so a little goes a long way.",
        ],
        "nature.convertible": [
            "Convertibles sit between bonds and stocks in temper.", "Convertibles are livelier than plain bonds.",
        ],
        "nature.real_estate": [
            "Real estate earns rent, yet its price moves too.",
            "Property funds have rent beneath them, but prices still move.",
        ],
        "nature.fund_of_funds": [
            "A fund of funds is already a mixed basket.", "Your fund of funds spreads the money for you.",
        ],
        "nature.leveraged": [
            "Leverage makes every move bigger, both ways.",
            "The leveraged part magnifies good days and bad ones alike.",
        ],
        "nature.bond+": [
            "They hold an account together; they rarely race ahead.", "They are there for calm, not for speed.",
        ],
        "nature.money+": [
            "It suits money you may need soon; for the long run it may be slow.",
            "Good for a rainy day, less so for the far future.",
        ],
        "nature.equity+": [
            "They want time, so money you need soon is better kept apart.",
            "Time is their friend; daily looks are not.",
        ],
        "nature.gold+": ["It pays no interest, so its use is to guard, not to grow."],
        "nature.commodity+": ["They pay no interest, so patience is needed."],
        "nature.convertible+": ["They follow stocks up, and down as well."],
        "nature.real_estate+": ["It suits money that can stay for long."],
        "nature.fund_of_funds+": ["It saves effort; a look at what is inside is still worth it."],
        "nature.leveraged+": ["That cuts both ways, so a small part is easier to live with."],
        "mix.unknown_all": ["I don't recognise what kind these are; tell me and I can be more precise."],
        "mix.unknown_all+": ["Once I know the kind, I can size a bad patch better."],
        "mix.unknown_one+": [
            "Once I know the kind, I can size a bad patch.", "The kind decides how much it may sway.",
        ],
        "mix.one+": [
            "That is simple, but nothing else can soften a bad day.",
            "Simple, though with nothing beside it to lean on.",
        ],
        "region": [
            "It all sits in one place, {region}, so the weather is shared.",
            "One market, {region}, sets the mood for all of it.",
        ],
        "steady": [
            "From its price history it swings about {volatility} a year, which is calm.",
            "It has swung about {volatility} a year, a smooth ride.",
        ],
        "steady.medium": ["From its price history it swings about {volatility} a year, neither calm nor wild."],
    ]

    private static let concerns: [String: [String]] = [
        "mismatch.all": ["Your profile is {profile}, yet all of the money is in products above it."],
        "mismatch+": ["A profile is only a guide; sleeping well is the test."],
        "drift.over+": ["Markets do that on their own; you did nothing wrong."],
        "drift.under+": ["Markets do that on their own; you did nothing wrong."],
        "drawdown+": ["That is past, but good to know beforehand."],
        "mismatch": [
            "Your profile is {profile}, yet {share} of the money is in products above it, which can cost sleep.",
            "For a {profile} profile, {share} of the money sits in bolder products than it suggests.",
        ],
        "band": [
            "At {share}, {class} are above the guide of {limit}, so falls would be felt.",
            "{class} make up {share}, against a guide of {limit}.",
            "~The part in {class} is above the guide of {limit}.",
        ],
        "drift.over": [
            "{name} is {drift} above your own target.", "{name} has grown {drift} beyond the target you set.",
        ],
        "drift.under": [
            "{name} is {drift} below your own target.", "{name} has slipped {drift} under the target you set.",
        ],
        "worst": [
            "The one lagging is {name}, down {pl}, which is not much.", "Only a small ache: {name} is down {pl}.",
        ],
        "worst.deep": [
            "The sore spot is {name}, down {pl}; wincing is allowed.",
            "What hurts is {name}, down {pl} or {rate}, and that is no fault of yours.",
            "{name} is down {pl}, and it is natural to mind.",
        ],
        "scenario": [
            "Suppose {class} fell {shock} and the rest slipped too: about {loss} less, or {share}.",
            "If {class} fell {shock} and the rest gave some back, you would be down about {loss}, or {share}.",
            "~Suppose {class} fell {shock} and the rest slipped too: about {loss} less.",
        ],
        "scenario.only": [
            "Suppose {class} fell {shock}: about {loss} less, or {share}.",
            "If {class} fell {shock}, you would be down about {loss}, or {share}.",
            "~Suppose {class} fell {shock}: about {loss} less.",
        ],
        "scenario.none+": ["Quiet is not the same as never moving, though."],
        "scenario.none": ["In the bad patch I measure with, this money would hardly move."],
        "scenario+": ["That is a what-if, not a forecast.", "It is only a yardstick for your nerves, not a forecast."],
        "scenario.only+": [
            "That is a what-if, not a forecast.", "It is only a yardstick for your nerves, not a forecast.",
        ],
        "drawdown": [
            "Its deepest fall was {drawdown}; at today's size that is {amount}, so ask whether you could sit through it.",
            "At worst it once fell {drawdown}, which today would be {amount}.",
            "~At worst it once fell {drawdown} from its peak.",
        ],
        "current_drawdown": [
            "It is still {drawdown} below its peak.", "The old peak is still {drawdown} away, and waiting is hard.",
        ],
        "volatility": [
            "It swings about {volatility} a year, a bumpy ride.",
            "From its price history it swings about {volatility} a year, so hold on to the rail.",
        ],
        "benchmark_behind": [
            "Against {name} it is behind by {excess}, which can feel unfair.",
            "It trails {name} by {excess} over the same time.",
        ],
        "single": [
            "{name} alone is {share}; if it fell {shock}, that is {loss} gone.",
            "I'd watch {name}: at {share}, a fall of {shock} would cost {loss}.",
            "~{name} alone carries a lot of the account.",
        ],
        "single.calm": [
            "{name} alone is {share}, though it is a calm one.",
            "{name} is your biggest piece at {share}, luckily a quiet one.",
            "~{name} is your biggest piece, luckily a quiet one.",
        ],
        "single.alone": [
            "It is the only one here, so the account rises and falls with it.",
            "The whole account hangs on it, for better and worse.",
        ],
        "single.alone+": [
            "That is no mistake, only good to know.", "Simple, though with nothing beside it to lean on.",
        ],
        "driver": ["{name} is only {share} of the money but {part} of the swings."],
        "overlap": [
            "{first} and {second} move almost as one.",
            "{first} and {second} rise and fall together, so they spread little.",
        ],
        "effective": ["You hold {count} funds, but they spread like {effective}."],
        "day_loss": [
            "The latest day took {pl}; one day says little.",
            "On the latest day it slipped by {pl}, nothing to lose sleep over.",
        ],
    ]
}
